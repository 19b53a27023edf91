// Bugs that were met while this was built, or that the field is known for, ready to be put back.
import type { Mutation } from './mutation.ts'

const TRIGGERS = 'infra/migrations/0003-ledger-and-changes.sql'

const overwriteRace: Mutation = {
  name: 'overwrite-race',
  says: 'the replaced fid is read from the snapshot, not from the row that the upsert locked',
  seed: 1,
  edits: [
    {
      file: TRIGGERS,
      find: 'when (old.fid <> new.fid) execute function bury();',
      put: 'when (false) execute function bury();',
    },
    {
      file: 'edge-tracker/db/closes.ts',
      find: '  ), first_copies as (',
      put: `  ), replaced as (
    select file.* from file join closing using (domain_id, key)
    where closing.fid in (select fid from linked)
  ), buried as (
    insert into tombstone (fid, domain_id, key, class_id, bytes, checksum, stored_at)
    select fid, domain_id, key, class_id, bytes, checksum, created_at from replaced
    on conflict do nothing
  ), uncounted as (
    insert into placement_delta (class_id, device_ids, files, bytes)
    select class_id,
      array(select device_id from replica where replica.fid = replaced.fid order by 1), -1, -bytes
    from replaced
  ), first_copies as (`,
    },
  ],
}

const directoryUnsynced: Mutation = {
  name: 'directory-unsynced',
  says: 'a large file is acknowledged before its name is durable',
  seed: 1,
  edits: [
    {
      file: 'storage-agent/disk/publish.ts',
      find: '  await mount.directories.sync(leaf)\n',
      put: '',
    },
  ],
}

const journalUnsynced: Mutation = {
  name: 'journal-unsynced',
  says: 'the names of a new journal are not durable, and what it acknowledged goes with them',
  seed: 1,
  edits: [
    {
      file: 'storage-agent/disk/mount.ts',
      find: '  await syncDirectory(root) // what is in the journal must be found again\n',
      put: '',
    },
  ],
}

const leaseUnfenced: Mutation = {
  name: 'lease-unfenced',
  says: 'a report counts whatever the attempt it is about',
  seed: 31,
  edits: [
    {
      file: 'edge-tracker/db/sync.ts',
      find: `    join job on job.job_id = report.job_id and job.attempt = report.attempt
      and job.host_id = beat.host_id`,
      put: '    join job on job.job_id = report.job_id and job.host_id = beat.host_id',
    },
  ],
}

const forgottenFirst: Mutation = {
  name: 'forgotten-first',
  says: 'replica rows are forgotten in one statement, and their erasing is ordered in the next',
  seed: 1,
  edits: [
    {
      file: 'edge-tracker/db/tombstones.ts',
      find: 'const ErasedRow = z.object({ erased: z.int() })',
      put: `const ErasedRow = z.object({ erased: z.int(), places: z.unknown() })

export const orderErasing = (places: unknown) => statement(z.object({}))\`
  insert into job (host_id, kind, fid, device_id, priority)
  select host_id, 'delete', fid, device_id, 3
  from json_to_recordset(\${JSON.stringify(places)}::json)
    as place (host_id int, fid bigint, device_id int)
  on conflict (fid, device_id) do nothing\``,
    },
    {
      file: 'edge-tracker/db/tombstones.ts',
      find: `fid, device_id, 3 from lying where state <> 'dead' and not waits`,
      put: `fid, device_id, 3 from lying where false`,
    },
    {
      file: 'edge-tracker/db/tombstones.ts',
      find: '(select count(*)::int from postponed) as erased`',
      put: `(select count(*)::int from postponed) as erased,
    (select coalesce(json_agg(lying), '[]') from lying where state <> 'dead' and not waits)
      as places\``,
    },
    {
      file: 'edge-tracker/sweeps/run-sweeps.ts',
      find: `    async ({ db }) =>
      (await db.all(eraseTombstones(SWEEP_WINDOW, MAX_JOBS_PER_DEVICE)))[0]?.erased ?? 0,`,
      put: `    async ({ db }) => {
      const [row] = await db.all(eraseTombstones(SWEEP_WINDOW, MAX_JOBS_PER_DEVICE))
      await db.all(orderErasing(row?.places ?? []))
      return row?.erased ?? 0
    },`,
    },
    {
      file: 'edge-tracker/sweeps/run-sweeps.ts',
      find: `import { eraseTombstones } from '../db/tombstones.ts'`,
      put: `import { eraseTombstones, orderErasing } from '../db/tombstones.ts'`,
    },
  ],
}

const deletedAtOnce: Mutation = {
  name: 'deleted-at-once',
  says: 'a delete erases the replicas that it sees, and leaves no tombstone for the others',
  seed: 1,
  edits: [
    {
      file: TRIGGERS,
      find: '  from class where class_id = old.class_id;',
      put: `  from class where class_id = old.class_id and tg_op <> 'DELETE';`,
    },
    {
      file: 'edge-tracker/db/files.ts',
      find: `  delete from file using domain
  where file.domain_id = domain.domain_id and name = \${domain} and key = \${key}
    and (array['*', fid::text, checksum] && \${expects.ifMatch ?? null}::text[]) is not false
    and (array['*', fid::text, checksum] && \${expects.ifNoneMatch ?? null}::text[]) is not true
  returning fid\``,
      put: `  with gone as (
    delete from file using domain
    where file.domain_id = domain.domain_id and name = \${domain} and key = \${key}
      and (array['*', fid::text, checksum] && \${expects.ifMatch ?? null}::text[]) is not false
      and (array['*', fid::text, checksum] && \${expects.ifNoneMatch ?? null}::text[]) is not true
    returning fid
  ), forgotten as (
    delete from replica using gone where replica.fid = gone.fid
    returning replica.fid, replica.device_id
  ), ordered as (
    insert into job (host_id, kind, fid, device_id, priority)
    select host_id, 'delete', fid, device_id, 3
    from forgotten join device using (device_id) where state <> 'dead'
    on conflict (fid, device_id) do nothing
  )
  select fid from gone\``,
    },
  ],
}

export const mutations: readonly Mutation[] = [
  overwriteRace,
  directoryUnsynced,
  journalUnsynced,
  leaseUnfenced,
  forgottenFirst,
  deletedAtOnce,
]
