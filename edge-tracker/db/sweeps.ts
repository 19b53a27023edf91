// Turns of the sweeps: the tracker whose update moves a row on does that sweep, no other does.
import * as z from 'zod'
import { statement } from './statement.ts'

export const claimDueSweeps = (sweepMs: number) => statement(z.object({ name: z.string() }))`
  update sweep set next_at = now() + ${sweepMs} * interval '1 ms'
  where name in (select name from sweep where next_at <= now() for update skip locked)
  returning name`

/** Room for a statement that took its fid just before the mark and commits just after it. */
const MARK_MARGIN_MS = 60_000

/** Marks how far the fids are; old marks go, but for the newest settled one. */
export const markFids = (uploadMs: number) => statement(z.object({ fid: z.int() }))`
  with pruned as (
    delete from fid_mark
    where fid < (select max(fid) from fid_mark where settled_at <= now())
  )
  insert into fid_mark (fid, settled_at)
  select last_value,
    now() + ${uploadMs + Math.min(MARK_MARGIN_MS, uploadMs)} * interval '1 ms'
  from fid_sequence where is_called
  on conflict do nothing
  returning fid`
