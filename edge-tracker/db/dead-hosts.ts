// Hosts that were silent for so long that their devices are given up without an operator's word.
import * as z from 'zod'
import { DeviceId } from '#shared/ids.ts'
import { statement } from './statement.ts'

const Verdict = z.object({
  /** Declared dead now. */
  deviceIds: z.array(DeviceId),
  /** Would be, but for the brake. */
  withheld: z.int(),
  note: z.string().nullable(),
  /** The note is not what it was. */
  isNews: z.boolean(),
})

/**
 * The brake: of all devices that are not dead, and those that this declared dead in the last day,
 * no more than `maxPercent` are ever given up at once; if more are silent, then it is the network
 * that has failed, or us, and none is. A host is silent only while we could have heard it: after a
 * gap of `gapMs` in which no tracker was there, the time begins anew. So it does when the brake is
 * let go: of those who come back after such a failure, the last ones are few, and only late. A host
 * that syncs just now is locked by that, and skipped; one that an operator marked down or dead, or
 * whose device is, is left to the operator. One row, always.
 */
export const declareDead = (ask: { silentMs: number; maxPercent: number; gapMs: number }) =>
  statement(Verdict)`
  with turn as (
    select note as note_before,
      case when ran_at > now() - ${ask.gapMs} * interval '1 ms' then sweep.heard_since
        else now() end as heard_since
    from sweep where name = 'declare-dead' for update
  ), silent as (
    select host_id from host
    where ${ask.silentMs} > 0
      and seen_at < now() - ${ask.silentMs} * interval '1 ms'
      and state in ('alive', 'readonly')
    for update skip locked
  ), doomed as (
    select device_id from device join silent using (host_id)
    where state in ('alive', 'readonly', 'drain')
  ), counted as (
    select count(*) filter (where state <> 'dead' or declared_dead_at > now() - interval '1 day')
        as devices,
      count(*) filter (where device_id in (select device_id from doomed)
        or declared_dead_at > now() - interval '1 day') as gone
    from device
  ), allowed as (
    select gone * 100 <= devices * ${ask.maxPercent} as is_few from counted
  ), actor as (
    select set_config('mog.actor', '{"label": "deadAfterMs"}', true) -- in the record of changes
  ), declared as (
    update device set state = 'dead', declared_dead_at = now()
    from doomed, allowed, turn, actor
    where device.device_id = doomed.device_id and is_few
      and heard_since < now() - ${ask.silentMs} * interval '1 ms'
    returning device.device_id
  ), told as (
    select case when not is_few and exists (select from doomed) then format(
      '%s of %s devices are silent or were given up: more than deadAtOncePercent, none is given up',
      gone, devices) end as note
    from counted, allowed
  ), noted as (
    update sweep set note = told.note, ran_at = now(),
      heard_since = case when told.note is null then turn.heard_since else now() end
    from told, turn where name = 'declare-dead'
  )
  select array(select device_id from declared) as "deviceIds",
    (select count(*)::int from doomed) - (select count(*)::int from declared) as withheld,
    note, note is distinct from note_before as "isNews"
  from told, turn`
