// What every route finds in its context, and how it reads its input.
import type { Context } from 'hono'
import type * as z from 'zod'
import { DomainName, Fid, Key } from '#shared/ids.ts'
import { MAX_JSON_BODY_BYTES } from '#shared/limits.ts'
import { type Condition, readCondition } from '#shared/preconditions.ts'
import { Problem, type ProblemCode } from '#shared/problems.ts'
import type { Share } from '#shared/share-links.ts'
import { OLDEST_PROTOCOL, PROTOCOL_VERSION } from '#shared/wire/agents.ts'
import type { Caller } from './db/api-keys.ts'
import type { Deps } from './deps.ts'

export interface TrackerEnv {
  Variables: {
    deps: Deps
    /** Who asks, once the door has let them in. */
    caller: Caller
    /** The link by which they came, if it is one. */
    share?: Share
    /** There is no caller: only what anybody may read is there. */
    isAnonymous?: boolean
  }
  Bindings: {
    /** The body by a shorter way than a web stream, where the server has one. */
    readText?: (limitBytes: number) => Promise<string>
    /** The client's IP address, where the server knows it. */
    clientAddress?: () => string | undefined
  }
}
export type TrackerContext = Context<TrackerEnv>

/** The codes of fields that have a refusal of their own; of others it is `invalid_request`. */
export type FieldCodes = Readonly<Record<string, ProblemCode>>

export function parse<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  codes: FieldCodes = {},
): z.output<Schema> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  if (issue?.path.at(-1) === 'key' && issue.code !== 'invalid_type')
    throw new Problem('invalid_key', { problem: issue.message })
  throw new Problem(codes[String(issue?.path[0])] ?? 'invalid_request', {
    at: issue?.path.join('.') ?? '',
    problem: issue?.message ?? '',
  })
}

export async function readJson<Schema extends z.ZodType>(
  c: TrackerContext,
  schema: Schema,
  codes?: FieldCodes,
  limitBytes = MAX_JSON_BODY_BYTES,
): Promise<z.output<Schema>> {
  const text = await readBounded(c, limitBytes)
  let json: unknown
  try {
    json = text === '' ? {} : JSON.parse(text)
  } catch (error) {
    throw new Problem('invalid_json', {}, { cause: error })
  }
  return parse(schema, json, codes)
}

async function readBounded(c: TrackerContext, limit: number): Promise<string> {
  if (c.env.readText !== undefined) return c.env.readText(limit)

  const length = c.req.header('content-length')
  if (Number(length ?? 0) > limit) throw new Problem('body_too_large', { limit })
  if (length !== undefined) return c.req.text()

  const decoder = new TextDecoder()
  let [text, bytes] = ['', 0]
  for await (const chunk of c.req.raw.body ?? []) {
    bytes += chunk.length
    if (bytes > limit) throw new Problem('body_too_large', { limit })
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** An agent that speaks no version of the protocol that is spoken here is told which ones are. */
export function expectProtocol(protocol: number): void {
  if (protocol >= OLDEST_PROTOCOL && protocol <= PROTOCOL_VERSION) return
  const spoken = { oldest: OLDEST_PROTOCOL, newest: PROTOCOL_VERSION }
  throw new Problem('invalid_request', { at: 'protocol', spoken })
}

export const readQuery = <Schema extends z.ZodType>(c: TrackerContext, schema: Schema) =>
  parse(schema, c.req.query())

export const domainOf = (c: TrackerContext): DomainName => parse(DomainName, c.req.param('domain'))

export const fidOf = (c: TrackerContext): Fid => {
  const text = c.req.param('fid') ?? ''
  return parse(Fid, /^[1-9]\d*$/.test(text) ? Number(text) : text)
}

/** The client's IP address, where that is known: on Workers, its front says so. */
export const addressOf = (c: TrackerContext): string | undefined =>
  'cf' in c.req.raw && typeof c.req.raw.cf === 'object' && c.req.raw.cf !== null
    ? c.req.header('cf-connecting-ip')
    : c.env.clientAddress?.()

/** What the headers expect, or the body, which goes first. */
export const conditionOf = (c: TrackerContext, body: Condition = {}): Condition => {
  const said = readCondition(c.req.header('if-match'), c.req.header('if-none-match'))
  return {
    ifMatch: body.ifMatch ?? said.ifMatch,
    ifNoneMatch: body.ifNoneMatch ?? said.ifNoneMatch,
  }
}

const keyInPath = /^[^/]+\/\/[^/]+\/v1\/domains\/[^/?]+\/[^/?]+\/([^?#]*)/
/** Not by a lenient parser: that makes one key of all whose bytes are not UTF-8. */
const keyInQuery = /^[^?#]*\?(?:[^#]*?&)?key=([^&#]*)/

/**
 * The key of `/v1/domains/{domain}/{noun}/{key}`, decoded once from the URL as it was sent, or of
 * the twin's `?key=`. Routers decode in their own ways; keys may hold `//`, `%2F` or a line break.
 */
export function keyOf(c: TrackerContext): Key {
  const { url } = c.req.raw
  const encoded = keyInPath.exec(url)?.[1] ?? keyInQuery.exec(url)?.[1]?.replaceAll('+', ' ')
  const parsed = Key.safeParse(decode(encoded ?? ''))
  if (!parsed.success) throw new Problem('invalid_key')
  return parsed.data
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch (error) {
    throw new Problem('invalid_key', { problem: 'not percent-encoded UTF-8' }, { cause: error })
  }
}
