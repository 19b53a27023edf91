// Looks at a device anew: is it ours, does it take writes, how full and how busy is it? Opens it
// where it is right, closes it where it is not; so a fenced device comes back by itself.
import { stat } from 'node:fs/promises'
import type { Clock } from '#shared/clock.ts'
import { type Events, errorFacts } from '#shared/events.ts'
import { Problem } from '#shared/problems.ts'
import { deviceCapabilities } from '#shared/states.ts'
import type { DeviceGauge } from '#shared/wire/agents.ts'
import { CHECK_MS, RESERVED_BYTES, RESERVED_INODES } from '../limits.ts'
import type { Device } from './device.ts'
import { codeOf } from './failures.ts'
import { whyForeign } from './identity.ts'
import { type Mount, openMount, placeOf } from './mount.ts'
import { type Inodes, readUsage, type Usage } from './usage.ts'

export interface InspectDeps {
  clusterId: string
  clock: Clock
  events: Events
}

/** A disk that does not answer is fenced until it does; its pending look goes on meanwhile. */
export class Inspection {
  readonly #device: Device
  readonly #deps: InspectDeps
  readonly #before: Promise<void> | undefined
  #looking: Promise<void> | undefined

  /** `before`: the same disk was ours already, and is in use until then. */
  constructor(device: Device, deps: InspectDeps, before?: Promise<void>) {
    this.#device = device
    this.#deps = deps
    this.#before = before
  }

  async run(): Promise<void> {
    this.#looking ??= this.#look()
    if (!(await isDoneWithin(CHECK_MS, this.#looking)))
      this.#note(fenced(this.#device, 'does not answer'))
  }

  /** Resolves when no look is under way: then nothing opens the device behind our back. */
  async finished(): Promise<void> {
    await this.#looking
  }

  async #look(): Promise<void> {
    try {
      await this.#before
      this.#note(await inspect(this.#device, this.#deps))
    } catch (error) {
      const refusal = error instanceof Problem ? String(error.facts['reason']) : undefined
      this.#note(fenced(this.#device, refusal ?? codeOf(error) ?? String(error)))
      if (codeOf(error) === undefined && refusal === undefined)
        this.#deps.events.emit('error', 'device.inspectionFailed', {
          deviceId: this.#device.deviceId,
          ...errorFacts(error),
        })
    } finally {
      this.#looking = undefined
    }
  }

  #note(gauge: DeviceGauge): void {
    const before = this.#device.gauge
    this.#device.gauge = gauge
    if (before.condition === gauge.condition && before.reason === gauge.reason) return
    const { deviceId, condition, reason } = gauge
    const level = condition === 'ok' ? 'info' : 'warn'
    this.#deps.events.emit(level, `device.${condition}`, { deviceId, reason })
  }
}

async function isDoneWithin(ms: number, work: Promise<void>): Promise<boolean> {
  const late = Promise.withResolvers<false>()
  const timer = setTimeout(() => late.resolve(false), ms)
  const done = async () => {
    await work
    return true
  }
  const outcome = await Promise.race([done(), late.promise])
  clearTimeout(timer)
  return outcome
}

async function inspect(device: Device, deps: InspectDeps): Promise<DeviceGauge> {
  const { deviceId, path } = device
  const foreign = await device.readQuickness.follow(() =>
    whyForeign(path, { deviceId, clusterId: deps.clusterId }),
  )
  const isWanted = foreign === undefined && deviceCapabilities[device.state].read
  const nowMs = deps.clock.nowMs()
  if (!isWanted || !(await isInOrder(device, nowMs))) await device.release()
  if (foreign !== undefined) return fenced(device, foreign)
  if (isWanted) device.mount ??= await open(device, deps)

  const { cameBytes } = device.room
  const { inodes, ...usage } = await readUsage(path)
  device.room.looked(usage.bytesFree, cameBytes)
  const found = await conditionOf(device.mount, { ...usage, ...inodes }, nowMs)
  const { utilization, block } = await device.ioLoad(nowMs)
  const { selfTest, quarantined } = device.mount ?? {}
  device.measured = { inodes, block, selfTest: selfTest?.results, quarantined: quarantined?.last }
  if (quarantined?.isDue(nowMs) === true)
    void device.mount?.use(({ root }) => quarantined.count(root, device.lane))
  return { deviceId, ...usage, ...found, utilization }
}

/** Its mount is of the disk that is there, and not without a journal where writes are taken. */
async function isInOrder({ mount, path }: Device, nowMs: number): Promise<boolean> {
  if (mount?.place !== placeOf(await stat(path))) return false
  return mount.journal !== undefined || (await mount.selfTest.run(nowMs)) !== undefined
}

async function open(device: Device, { clusterId, events }: InspectDeps): Promise<Mount> {
  const { deviceId, path, lane } = device
  const mount = await openMount(path, { clusterId, deviceId }, lane, (error) =>
    events.emit('warn', 'journal.stuck', { deviceId, ...errorFacts(error) }),
  )
  if (mount.restored > 0)
    events.emit('warn', 'journal.restored', { deviceId, files: mount.restored })
  events.emit('debug', 'device.opened', { deviceId })
  return mount
}

async function conditionOf(
  mount: Mount | undefined,
  { bytesFree, inodesTotal, inodesFree }: Usage & Inodes,
  nowMs: number,
): Promise<Pick<DeviceGauge, 'condition' | 'reason'>> {
  if (mount !== undefined && mount.journal === undefined)
    return { condition: 'readonly', reason: 'the file system is mounted read-only' }
  if (bytesFree < RESERVED_BYTES)
    return { condition: 'full', reason: `less than ${RESERVED_BYTES} bytes are free` }
  if (inodesTotal > 0 && inodesFree < RESERVED_INODES)
    return { condition: 'full', reason: `less than ${RESERVED_INODES} inodes are free` }
  const refused = await mount?.selfTest.run(nowMs)
  return refused === undefined ? { condition: 'ok' } : { condition: 'readonly', reason: refused }
}

const fenced = ({ deviceId, gauge }: Device, reason: string): DeviceGauge => ({
  deviceId,
  condition: 'fenced',
  reason: reason.slice(0, 200),
  bytesTotal: gauge.bytesTotal,
  bytesFree: 0,
  utilization: null,
})
