// The identifiers of everything that is stored, each a branded type with its schema.
// A zod schema and its type share one name.
import * as z from 'zod'
import { MAX_DOMAIN_NAME_BYTES, MAX_KEY_BYTES, MAX_NAME_LENGTH } from './limits.ts'

const id = () => z.int().positive()
/** Of what there are never billions: the database counts it in 32 bits. */
export const SmallId = z.int32().positive()
const utf8 = new TextEncoder()

/** True for text that survives UTF-8 and Postgres: no lone surrogate, no NUL. */
const isStorable = (text: string) => text.isWellFormed() && !text.includes('\0')

const boundedText = (maxBytes: number) =>
  z
    .string()
    .min(1)
    .refine(isStorable, 'must be well-formed Unicode without NUL')
    .refine((text) => utf8.encode(text).length <= maxBytes, `must be at most ${maxBytes} bytes`)

/** One immutable revision of a file (I1). Never reused. */
export const Fid = id().brand<'Fid'>()
export type Fid = z.infer<typeof Fid>

export const DeviceId = SmallId.brand<'DeviceId'>()
export type DeviceId = z.infer<typeof DeviceId>

export const HostId = SmallId.brand<'HostId'>()
export type HostId = z.infer<typeof HostId>

export const JobId = id().brand<'JobId'>()
export type JobId = z.infer<typeof JobId>

/** 1 to 1,024 bytes of UTF-8, any character but NUL. Keys compare bytewise. */
export const Key = boundedText(MAX_KEY_BYTES)
export type Key = z.infer<typeof Key>

/** Not `.` or `..`: no URL could name it. */
export const DomainName = boundedText(MAX_DOMAIN_NAME_BYTES).refine(
  (name) => name !== '.' && name !== '..',
  'must not be . or ..',
)
export type DomainName = z.infer<typeof DomainName>

/** Names of classes and hosts: they appear in paths, tables and command lines. */
export const Name = z
  .string()
  .max(MAX_NAME_LENGTH)
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u, 'letters, digits, dot, dash and underscore')
export type Name = z.infer<typeof Name>

export const ChecksumKind = z.enum(['SHA-256', 'SHA-1', 'MD5', 'none'])
export type ChecksumKind = z.infer<typeof ChecksumKind>

/**
 * `ALGORITHM:hex`, as MogileFS writes it; the digest of the whole file. `none` where its class asks
 * for no checksum: such files are told apart by their size alone.
 */
export const Checksum = z
  .string()
  .regex(
    /^(?:SHA-256:[0-9a-f]{64}|SHA-1:[0-9a-f]{40}|MD5:[0-9a-f]{32}|none)$/,
    'must be SHA-256:, SHA-1: or MD5: and lower case hex digits',
  )
  .brand<'Checksum'>()
export type Checksum = z.infer<typeof Checksum>

export const kindOfChecksum = (checksum: Checksum): ChecksumKind =>
  ChecksumKind.options.find((kind) => checksum.startsWith(kind)) ?? 'none'
