// Webhooks: who is told of a domain's changes, how far they have been told, and whose turn it is.
import * as z from 'zod'
import { DomainName } from '#shared/ids.ts'
import { Change, type NewWebhook, Webhook, type WebhookChange } from '#shared/wire/changes.ts'
import { type Actor, acting } from './audit.ts'
import { statement } from './statement.ts'

const WebhookRow = z.object({ webhookId: z.int() })

export const listWebhooks = () => statement(Webhook)`
  select webhook_id as "webhookId", domain.name as domain, url, paused, failures,
    last_error as "lastError", floor(extract(epoch from told_at) * 1000)::bigint as "toldAtMs",
    floor(extract(epoch from try_at) * 1000)::bigint as "tryAtMs",
    not exists (
      select from change
      where change.domain_id = webhook.domain_id
        and (change.xid, change.change_id) > (webhook.xid, webhook.change_id)
    ) as current
  from webhook join domain using (domain_id) order by webhook_id`

/**
 * Told of what happens from now on, and of what came just before while some transaction was still
 * under way: the feed has not passed that. Zero rows: no such domain.
 */
export const addWebhook = (who: Actor, { domain, url }: NewWebhook) => statement(WebhookRow)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  )
  insert into webhook (domain_id, url, xid)
  select domain_id, ${url}, pg_snapshot_xmin(pg_current_snapshot())
  from actor cross join domain where name = ${domain}
  returning webhook_id as "webhookId"`

/** One that goes on after a pause, or elsewhere, is tried at once. */
export const changeWebhook = (who: Actor, webhookId: number, change: WebhookChange) =>
  statement(WebhookRow)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  )
  update webhook set url = coalesce(${change.url ?? null}::text, url),
    paused = coalesce(${change.paused ?? null}::boolean, paused), failures = 0, try_at = now()
  from actor where webhook_id = ${webhookId}
  returning webhook_id as "webhookId"`

export const deleteWebhook = (who: Actor, webhookId: number) => statement(WebhookRow)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  )
  delete from webhook using actor where webhook_id = ${webhookId}
  returning webhook_id as "webhookId"`

const DueWebhook = z.object({
  webhookId: z.int(),
  domain: DomainName,
  url: z.string(),
  changes: z.array(Change),
  complete: z.boolean(),
  /** What this turn is known by: nobody else has told it anything since. */
  told: z.string(),
})
export type DueWebhook = z.infer<typeof DueWebhook>

/** Those who are behind, each with its next changes, and for `leaseMs` nobody else's. */
export const takeWebhooks = (ask: { limit: number; changes: number; leaseMs: number }) =>
  statement(DueWebhook)`
  with due as (
    select webhook_id from webhook
    where not paused and try_at <= now() and exists (
      select from change
      where change.domain_id = webhook.domain_id
        and (change.xid, change.change_id) > (webhook.xid, webhook.change_id)
        and change.xid < pg_snapshot_xmin(pg_current_snapshot()))
    order by try_at limit ${ask.limit} for update skip locked
  ), taken as (
    update webhook set try_at = now() + ${ask.leaseMs} * interval '1 ms'
    from due where webhook.webhook_id = due.webhook_id
    returning webhook.webhook_id, domain_id, url, xid, change_id
  )
  select webhook_id as "webhookId", domain.name as domain, url, xid || '.' || change_id as told,
    not exists (
      select from change_floor
      where change_floor.domain_id = taken.domain_id
        and (change_floor.xid, change_floor.change_id) > (taken.xid, taken.change_id)
    ) as complete,
    (
      select json_agg(json_build_object(
        'cursor', page.xid || '.' || page.change_id, 'kind', kind, 'key', key, 'fid', fid,
        'prevFid', prev_fid, 'prevKey', prev_key, 'class', class_name, 'bytes', bytes,
        'atMs', floor(extract(epoch from at) * 1000)) order by page.xid, page.change_id)
      from (
        select change.*, class.name as class_name
        from change left join class using (class_id)
        where change.domain_id = taken.domain_id
          and (xid, change_id) > (taken.xid, taken.change_id)
          and xid < pg_snapshot_xmin(pg_current_snapshot())
        order by xid, change_id limit ${ask.changes}
      ) as page
    ) as changes
  from taken join domain using (domain_id)`

export interface Telling {
  webhookId: number
  told: string
  /** The cursor of the last change that it took; undefined when it took none. */
  taken?: string
  error?: string
}

/** Later each time: 1 s, 5 s, 15 s, 1 m, 5 m, 15 m, 1 h. A turn that is over changes nothing. */
export const settleWebhook = ({ webhookId, told, taken, error }: Telling) => statement(WebhookRow)`
  update webhook set
    xid = coalesce(split_part(${taken ?? null}, '.', 1)::xid8, xid),
    change_id = coalesce(split_part(${taken ?? null}, '.', 2)::bigint, change_id),
    told_at = case when ${taken !== undefined} then now() else told_at end,
    last_error = ${error ?? null}::text,
    failures = case when ${taken !== undefined} then 0 else failures + 1 end,
    try_at = case when ${taken !== undefined} then now()
      else now() + (0.8 + 0.4 * random()) * interval '1 s'
        * (array[1, 5, 15, 60, 300, 900, 3600])[least(failures, 6) + 1] end
  where webhook_id = ${webhookId} and xid || '.' || change_id = ${told}
  returning webhook_id as "webhookId"`
