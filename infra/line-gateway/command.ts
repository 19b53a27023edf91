// What a command is given and gives, and how it reads its arguments.
import type { AdminClient } from '#shared/client/admin.ts'
import type { Ask, Tracker } from '#shared/client/tracker.ts'
import { DomainName, Key } from '#shared/ids.ts'
import type { Arguments, Fields } from './codec.ts'
import { type Codes, LineRefusal } from './refusals.ts'

/** Of the SDK's tracker: the questions. */
export type Questions = Pick<Tracker, 'ask' | 'send'>

export interface Call {
  args: Arguments
  tracker: Questions
  admin: AdminClient
  /** Of every question on a client's behalf: they say where it is. */
  headers: NonNullable<Ask['headers']>
  /** Aborted when the client is gone, or the gateway ends. */
  signal: AbortSignal
}

export interface Command {
  /** Changes nothing, so that the client's next command need not wait for it. */
  isRead?: true
  /** What its answer calls a tracker's codes, where that is not what they are called elsewhere. */
  codes?: Codes
  run(call: Call): Fields | Promise<Fields>
}

/** What most changes have to say. */
export const NOTHING: Fields = {}

/** The argument, or a refusal where it is missing or empty. */
export function need(args: Arguments, name: string, code: string): string {
  const value = args.get(name) ?? ''
  if (value === '') throw new LineRefusal(code)
  return value
}

/** `/v1/domains/{domain}`: of the domain that every command on files names. */
export function domainPath(args: Arguments): string {
  const domain = DomainName.safeParse(need(args, 'domain', 'no_domain'))
  if (!domain.success) throw new LineRefusal('unreg_domain')
  return `/v1/domains/${encodeURIComponent(domain.data)}`
}

/** A key that is there. One that no file can have is refused with `code`. */
export function keyIn(text: string, code = 'unknown_key'): Key {
  const key = Key.safeParse(text)
  if (!key.success) throw new LineRefusal(code)
  return key.data
}

/** The key in `name`. Where there is none, a domain that is none is told first. */
export async function needKey(call: Call, name = 'key', code?: string): Promise<Key> {
  const text = call.args.get(name) ?? ''
  if (text !== '') return keyIn(text, code)
  await expectDomain(call)
  throw new LineRefusal('no_key')
}

/** For who is about to be told of something else that is missing. */
export async function expectDomain({ args, tracker }: Call): Promise<void> {
  const path = `${domainPath(args)}/files`
  await tracker.send({ method: 'GET', path, query: { limit: 1 } })
}

/** Digits as a number; undefined for anything else, and for nothing. */
export function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined
  return Number(text)
}

/** Perl's truth. */
export const isTrue = (text: string | undefined): boolean =>
  text !== undefined && text !== '' && text !== '0'
