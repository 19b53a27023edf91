// Turns of the sweeps: the tracker whose update moves a row on does that sweep, no other does.
import * as z from 'zod'
import { statement } from './statement.ts'

const NameRow = z.object({ name: z.string() })
const FidRow = z.object({ fid: z.int() })

export const claimDueSweeps = (sweepMs: number) => statement(NameRow)`
  update sweep set next_at = now() + ${sweepMs} * interval '1 ms'
  where name in (select name from sweep where next_at <= now() for update skip locked)
  returning name`

/** Room for an open that took its fid before the mark (FIDS_AHEAD_MS) and commits after it. */
const MARK_MARGIN_MS = 60_000
/** So many marks in the life of a ticket: what is settled is known that finely. */
const MARKS_PER_LIFE = 60

/** Marks how far the fids are, now and then; old marks go, but for the newest settled one. */
export const markFids = (uploadMs: number) => {
  const settleMs = uploadMs + Math.min(MARK_MARGIN_MS, uploadMs)
  return statement(FidRow)`
  with pruned as (
    delete from fid_mark
    where fid < (select max(fid) from fid_mark where settled_at <= now())
  )
  insert into fid_mark (fid, settled_at)
  select last_value, now() + ${settleMs} * interval '1 ms'
  from fid_sequence
  where is_called and not exists (
    select from fid_mark
    where settled_at > now() + ${settleMs - uploadMs / MARKS_PER_LIFE} * interval '1 ms')
  on conflict do nothing
  returning fid`
}
