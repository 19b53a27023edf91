// Hosts and the admission of their agents.
import * as z from 'zod'
import { DeviceId, HostId, type Name } from '#shared/ids.ts'
import { Host, type HostChange } from '#shared/wire/admin.ts'
import { type Actor, acting } from './audit.ts'
import { statement } from './statement.ts'

const AddedHostRow = z.object({ hostId: HostId, name: z.string() })
const AgentHostRow = z.object({ hostId: HostId, keyVersion: z.int() })

export const listHosts = () => statement(Host)`
  select host_id as "hostId", name, state, url, public_url as "publicUrl",
    internal_url as "internalUrl", internal_mask as "internalMask", zone,
    key_version as "keyVersion", extract(epoch from now() - seen_at)::float8 * 1000 as "silentMs"
  from host order by host_id`

/** Zero rows: the name is taken. */
export const addHost = (who: Actor, name: Name, enrollmentHash: string) =>
  statement(AddedHostRow)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  )
  insert into host (name, enrollment_hash) select ${name}, ${enrollmentHash} from actor
  on conflict (name) do nothing
  returning host_id as "hostId", name`

/** A token for a host that is known: its own was lost, or its agent is installed anew. */
export const renewEnrollment = (who: Actor, name: Name, enrollmentHash: string) =>
  statement(AddedHostRow)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  )
  update host set enrollment_hash = ${enrollmentHash} from actor where name = ${name}
  returning host_id as "hostId", name`

/** What is left out stays. Zero rows: no such host. An address that is taken violates its index. */
export const changeHost = (who: Actor, name: Name, change: HostChange) => statement(Host)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  )
  update host set
    state = coalesce(${change.state ?? null}::text, state),
    public_url = case when ${change.publicUrl !== undefined}
      then ${change.publicUrl ?? null}::text else public_url end,
    internal_url = case when ${change.internalUrl !== undefined}
      then ${change.internalUrl ?? null}::text else internal_url end,
    internal_mask = case when ${change.internalMask !== undefined}
      then ${change.internalMask ?? null}::text else internal_mask end,
    zone = case when ${change.zone !== undefined} then ${change.zone ?? null}::text else zone end
  from actor where name = ${name}
  returning host_id as "hostId", name, state, url, public_url as "publicUrl",
    internal_url as "internalUrl", internal_mask as "internalMask", zone,
    key_version as "keyVersion", extract(epoch from now() - seen_at)::float8 * 1000 as "silentMs"`

const Rotated = z.object({
  /** Its agent holds the next key, or there is no agent yet. */
  held: z.boolean(),
  /** What was signed under the version before has expired. */
  settled: z.boolean(),
  /** Null: it was not raised. */
  keyVersion: z.int().nullable(),
})

/** Raises the version of a host's ticket key, if nothing is refused by that. Zero rows: no host. */
export const rotateHostKey = (
  who: Actor,
  name: Name,
  ask: { ticketsLiveMs: number; force: boolean },
) => statement(Rotated)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  ), found as (
    select host_id, credential_hash is null or held_key_version > key_version as held,
      rotated_at < now() - ${ask.ticketsLiveMs} * interval '1 ms' as settled
    from host where name = ${name} for update
  ), rotated as (
    update host set key_version = key_version + 1, rotated_at = now()
    from found, actor
    where host.host_id = found.host_id and (held and settled or ${ask.force})
    returning key_version
  )
  select held, settled, (select key_version from rotated) as "keyVersion" from found`

const NameRow = z.object({ name: z.string() })

/** Zero rows: no such host. One that has a device, a dead one too, violates a foreign key. */
export const deleteHost = (who: Actor, name: Name) => statement(NameRow)`
  with actor as (
    select set_config('mog.actor', ${acting(who)}, true)
  )
  delete from host using actor where name = ${name} returning name`

const Admitted = z.object({
  clusterId: z.uuid(),
  hostId: HostId,
  host: z.string(),
  keyVersion: z.int(),
  deviceIds: z.array(DeviceId),
})

/** Uses the token up, and numbers the new devices. Zero rows: no host waits for this token. */
export const enrollHost = (ask: {
  tokenHash: string
  credentialHash: string
  url: string
  newDevices: number
}) => statement(Admitted)`
  with admitted as (
    update host set enrollment_hash = null, credential_hash = ${ask.credentialHash},
      url = ${ask.url}
    where enrollment_hash = ${ask.tokenHash}
    returning host_id, name, key_version
  ), numbered as (
    insert into device (host_id)
    select host_id from admitted, generate_series(1, ${ask.newDevices})
    returning device_id
  )
  select cluster_id as "clusterId", host_id as "hostId", name as host,
    key_version as "keyVersion", array(select device_id from numbered order by 1) as "deviceIds"
  from admitted, cluster`

/** Zero rows: the credential is nobody's, or the device is another host's. */
export const hostOfAgent = (credentialHash: string, deviceId: DeviceId) =>
  statement(AgentHostRow)`
  select host_id as "hostId", key_version as "keyVersion"
  from host join device using (host_id)
  where credential_hash = ${credentialHash} and device_id = ${deviceId}`
