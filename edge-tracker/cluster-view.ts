// Devices, hosts and settings as a tracker sees them: at most VIEW_TTL_MS old, so that an open
// costs one statement. Losing it costs one more (I8).
import type { Clock } from '#shared/clock.ts'
import type { DeviceView } from '#shared/device-view.ts'
import type { Events } from '#shared/events.ts'
import type { DeviceId } from '#shared/ids.ts'
import { readSettings, type Settings } from '#shared/settings.ts'
import { readCluster } from './db/cluster.ts'
import { type Db, first } from './db/db.ts'
import type { Quota } from './placement/quota.ts'
import { storedPolicy } from './placement/replication-policy/parse-policy.ts'
import type { Policy } from './placement/replication-policy/verdict.ts'
import { withZones } from './placement/zones.ts'

export const VIEW_TTL_MS = 1_000

export interface ClusterView {
  devices: readonly DeviceView[]
  settings: Settings
  /** Of the classes that ask for more than different hosts; `domain/class` is the key. */
  policies: ReadonlyMap<string, { policy: Policy; copies: number }>
  /** What a class says of its readers; of one that is not here nothing. By its id. */
  readers: ReadonlyMap<number, { cacheS: number | null; publicRead: boolean }>
  /** Of the domains that have one, with what they held then. */
  quotas: ReadonlyMap<string, Quota>
}

export interface ClusterViewCache {
  get(): Promise<ClusterView>
  /** These devices and the settings; one that is not in the view has it read again. */
  devices(ids: readonly DeviceId[]): Promise<ClusterView>
  /** The next `get` reads the database: something was changed, or is suspected to be stale. */
  forget(): void
}

interface World {
  db: Db
  clock: Clock
  events: Events
}

export function clusterViewCache({ db, clock, events }: World): ClusterViewCache {
  let current: ClusterView | undefined
  let byId: ReadonlyMap<DeviceId, DeviceView> = new Map()
  let readAtMs = Number.NEGATIVE_INFINITY
  let complainedOf: string[] = []

  const forget = () => {
    current = undefined
  }
  const get = async () => {
    const now = clock.nowMs()
    if (current !== undefined && now - readAtMs < VIEW_TTL_MS) return current
    const row = await first(db, readCluster())
    const { settings, invalid } = readSettings(row?.settings ?? {})
    if (invalid.join() !== complainedOf.join()) {
      complainedOf = invalid
      events.emit('warn', 'setting.invalid', { settings: invalid })
    }
    const devices = withZones(row?.devices ?? [], settings.networkZones)
    const policies = new Map(
      row?.policies.map(({ domain, class: name, copies, policy }) => [
        `${domain}/${name}`,
        { policy: storedPolicy(policy), copies },
      ]),
    )
    const readers = new Map(row?.readers.map((each) => [each.classId, each]))
    const quotas = new Map(row?.quotas.map((each) => [each.domain, each]))
    const fresh = { devices, settings, policies, readers, quotas }
    current = fresh
    byId = new Map(fresh.devices.map((device) => [device.deviceId, device]))
    readAtMs = now
    return fresh
  }
  return {
    get,
    forget,
    async devices(ids) {
      let view = await get()
      if (!ids.every((id) => byId.has(id))) {
        forget() // newer than our view
        view = await get()
      }
      return {
        ...view,
        devices: ids.map((id) => byId.get(id)).filter((each) => each !== undefined),
      }
    },
  }
}
