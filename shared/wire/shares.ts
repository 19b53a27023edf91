// The query of a share link.
import * as z from 'zod'
import { Bytes } from './files.ts'

/** What Ed25519 comes to in base64url without padding. */
const PUBLIC_KEY = /^[A-Za-z0-9_-]{43}$/
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/

const number = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number)

export const ShareQuery = z.object({
  /** Unix seconds. */
  until: number,
  /** The public half of the maker's key. */
  by: z.string().regex(PUBLIC_KEY),
  max: number.pipe(Bytes).optional(),
  class: z.string().optional(),
  sig: z.string().regex(SIGNATURE),
})
export type ShareQuery = z.infer<typeof ShareQuery>
