// Hosts and the admission of their agents.
import * as z from 'zod'
import { DeviceId, HostId, type Name } from '#shared/ids.ts'
import type { HostState } from '#shared/states.ts'
import { Host } from '#shared/wire/admin.ts'
import { statement } from './statement.ts'

const AddedHostRow = z.object({ hostId: HostId, name: z.string() })
const AgentHostRow = z.object({ hostId: HostId, keyVersion: z.int() })

export const listHosts = () => statement(Host)`
  select host_id as "hostId", name, state, url,
    extract(epoch from now() - seen_at)::float8 * 1000 as "silentMs"
  from host order by host_id`

/** Zero rows: the name is taken. */
export const addHost = (name: Name, enrollmentHash: string) =>
  statement(AddedHostRow)`
  insert into host (name, enrollment_hash) values (${name}, ${enrollmentHash})
  on conflict (name) do nothing
  returning host_id as "hostId", name`

/** A token for a host that is known: its own was lost, or its agent is installed anew. */
export const renewEnrollment = (name: Name, enrollmentHash: string) => statement(AddedHostRow)`
  update host set enrollment_hash = ${enrollmentHash} where name = ${name}
  returning host_id as "hostId", name`

export const changeHost = (name: Name, state: HostState) => statement(Host)`
  update host set state = ${state} where name = ${name}
  returning host_id as "hostId", name, state, url,
    extract(epoch from now() - seen_at)::float8 * 1000 as "silentMs"`

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
