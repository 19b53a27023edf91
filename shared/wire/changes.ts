// The feed of changes: what happened to a domain's keys, in an order that every reader sees alike.
import * as z from 'zod'
import { DomainName, Fid } from '../ids.ts'
import { CHANGES_DEFAULT_LIMIT, CHANGES_MAX_LIMIT, MAX_URL_LENGTH } from '../limits.ts'
import { mayBeANode } from '../node-address.ts'
import { Bytes } from './files.ts'

/** Where a reader is: opaque to it, and only as far in the feed as nothing can come before. */
export const Cursor = z.string().refine(isCursor, 'must be a cursor that was given')

/** Two numbers of the database: unsigned and signed, of 64 bits. */
function isCursor(text: string): boolean {
  const [, xid, changeId] = /^(\d{1,20})\.(\d{1,19})$/.exec(text) ?? []
  if (xid === undefined || changeId === undefined) return false
  return BigInt(xid) < 2n ** 64n && BigInt(changeId) < 2n ** 63n
}

export const ChangeKind = z.enum([
  'create',
  'overwrite',
  'rename',
  'class',
  'metadata',
  'delete',
  'restore',
])

export const Change = z.object({
  /** This one has been seen: go on behind it. */
  cursor: Cursor,
  kind: ChangeKind,
  key: z.string(),
  fid: Fid,
  /** overwrite: what was replaced. */
  prevFid: Fid.nullable(),
  /** rename: the key before. */
  prevKey: z.string().nullable(),
  /** Null: the class is gone by now. */
  class: z.string().nullable(),
  bytes: Bytes,
  atMs: z.number(),
})
export type Change = z.infer<typeof Change>

/** `after` absent: from the oldest that is kept. `now`: nothing yet, only where to begin. */
export const ChangesQuery = z.object({
  after: z.union([Cursor, z.literal('now')]).optional(),
  limit: z.coerce.number().int().min(1).max(CHANGES_MAX_LIMIT).default(CHANGES_DEFAULT_LIMIT),
})
export type ChangesQuery = z.infer<typeof ChangesQuery>

/** `more`: there was no room for all; otherwise ask again later, with `cursor`. */
export const Changes = z.object({ changes: z.array(Change), cursor: Cursor, more: z.boolean() })
export type Changes = z.infer<typeof Changes>

/** What a webhook is sent. */
export const Told = z.object({
  domain: DomainName,
  changes: z.array(Change),
  /** False: older changes were pruned before they could be told; list the domain anew. */
  complete: z.boolean(),
})
export type Told = z.infer<typeof Told>

export const NewWebhook = z.strictObject({
  domain: DomainName,
  url: z
    .url({ protocol: /^https?$/ })
    .max(MAX_URL_LENGTH)
    .refine(mayBeANode, 'nobody can be there'),
})
export type NewWebhook = z.infer<typeof NewWebhook>

/** `secret` signs what is sent (standardwebhooks.com). */
export const AddedWebhook = z.object({ webhookId: z.int(), secret: z.string() })
export type AddedWebhook = z.infer<typeof AddedWebhook>

export const WebhookChange = z
  .strictObject({ url: NewWebhook.shape.url.optional(), paused: z.boolean().optional() })
  .refine((change) => Object.keys(change).length > 0, 'names no change')
export type WebhookChange = z.infer<typeof WebhookChange>

export const Webhook = z.object({
  webhookId: z.int(),
  domain: DomainName,
  url: z.string(),
  paused: z.boolean(),
  /** Nothing that it has not been told. */
  current: z.boolean(),
  failures: z.int(),
  lastError: z.string().nullable(),
  toldAtMs: z.number().nullable(),
  tryAtMs: z.number(),
})
export type Webhook = z.infer<typeof Webhook>
export const WebhookList = z.object({ webhooks: z.array(Webhook) })
