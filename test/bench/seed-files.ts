// Files as rows: as many as there would be after years, with two copies each on different hosts.
import { runSql } from './bench-database.ts'

/** Keys look like `photos/0123/4567.jpg`; the devices are numbered from 1, two to a host. */
export async function seedFiles(
  databaseUrl: string,
  ask: { files: number; devices: number; class?: string },
): Promise<void> {
  const { files, devices, class: className = 'default' } = ask
  await runSql(
    databaseUrl,
    `with stored as (
      insert into file (domain_id, key, fid, class_id, bytes, checksum, content_type)
      select domain_id,
        'photos/' || lpad((n / 1000)::text, 4, '0') || '/'
          || lpad((n % 1000)::text, 4, '0') || '.jpg',
        nextval('fid_sequence'), class_id, 4096, 'SHA-256:' || repeat('0', 64), 'image/jpeg'
      from class join domain using (domain_id), generate_series(0, ${files} - 1) as n
      where domain.name = 'demo' and class.name = '${className}'
      returning fid, class_id, bytes
    ), lying as (
      -- the second copy 2 to ${devices - 2} devices further: on another host
      select fid, class_id, bytes, 1 + fid % ${devices} as first,
        1 + (fid % ${devices} + 2 + fid / ${devices} % ${devices - 3}) % ${devices} as second
      from stored
    ), copied as (
      insert into replica (fid, device_id)
      select fid, unnest(array[first, second]) from lying
    )
    insert into placement_delta (class_id, device_ids, files, bytes)
    select class_id, array[least(first, second), greatest(first, second)], count(*), sum(bytes)
    from lying group by class_id, least(first, second), greatest(first, second)`,
  )
  await runSql(databaseUrl, 'vacuum analyze')
}

const digits = (n: number) => String(n).padStart(4, '0')

export const keyOfFile = (n: number): string =>
  `photos/${digits(Math.floor(n / 1_000))}/${digits(n % 1_000)}.jpg`
