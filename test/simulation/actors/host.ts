// A storage host of the simulation: a machine with disks, and the real agent on it, which can be
// killed, frozen and started again, or lose its power.
import type { Events } from '#shared/events.ts'
import type { DeviceId } from '#shared/ids.ts'
import { FileSystem } from '../disk/file-system.ts'
import { Machine } from '../disk/machine.ts'
import { Process } from '../process.ts'
import type { Stage } from '../stage.ts'

const { startAgent } = await import('#agent/agent.ts')
const { initAgent } = await import('#agent/init.ts')

const ROOT = '/data'
const DISK_BYTES = 1_000_000_000_000
const PORT = 7_500

export class Host {
  readonly name: string
  readonly machine: Machine
  deviceIds: readonly DeviceId[] = []
  process: Process
  readonly #stage: Stage
  readonly #trackerUrls: readonly string[]
  /** Devices whose journal nobody has replayed since the power was cut. */
  readonly unopened = new Set<number>()
  #lives = 0

  constructor(name: string, stage: Stage, trackerUrls: readonly string[]) {
    this.name = name
    this.machine = new Machine(name)
    this.#stage = stage
    this.#trackerUrls = trackerUrls
    this.process = this.#newProcess()
  }

  disk(deviceId: number): FileSystem {
    const disk = this.machine.mounts.get(`${ROOT}/dev${deviceId}`)
    if (disk === undefined) throw new Error(`${this.name} has no device ${deviceId}`)
    return disk
  }

  /** An empty disk stands where a device was. */
  replaceDisk(deviceId: number): void {
    this.machine.mounts.set(`${ROOT}/dev${deviceId}`, new FileSystem(DISK_BYTES))
  }

  /** Its devices are numbered from `firstDevice` on: where they will be, disks are mounted. */
  async enroll(token: string, firstDevice: number, newDevices: number): Promise<void> {
    for (let id = firstDevice; id < firstDevice + newDevices; id++)
      this.machine.mounts.set(`${ROOT}/dev${id}`, new FileSystem(DISK_BYTES))
    const options = { root: ROOT, trackerUrls: this.#trackerUrls, token, newDevices }
    const enrolled = await this.process.run(() => initAgent({ ...options, publicUrl: this.#url }))
    this.deviceIds = enrolled.deviceIds
    for (const disk of this.machine.disks) disk.syncAll()
  }

  /** Resolves when it serves; a start that fails is tried again, as systemd does it. */
  start(): void {
    const { process } = this
    const events = this.#watched(this.#stage.eventsOf(this.name))
    const listen = { host: this.name, port: PORT }
    const options = {
      root: ROOT,
      trackerUrls: this.#trackerUrls,
      listen,
      publicUrl: this.#url,
      events,
    }
    void process.run(async () => {
      try {
        await startAgent({ ...options, clock: process.clock })
      } catch (error) {
        events.emit('warn', 'agent.notStarted', { error: String(error) })
        process.after(1_000, () => this.restart())
      }
    })
  }

  /** SIGKILL: what the kernel has, it keeps. */
  kill(): void {
    this.process.kill()
    this.machine.closeAll()
    this.#stage.network.silence(`${this.name}:${PORT}`)
  }

  cutPower(): void {
    this.kill()
    for (const deviceId of this.deviceIds) this.unopened.add(deviceId)
    this.machine.cutPower(this.#stage.random.fork(`${this.name}/power/${this.#lives}`))
  }

  restart(): void {
    this.kill()
    const { skewMs } = this.process
    this.process = this.#newProcess()
    this.process.skewMs = skewMs
    this.start()
  }

  /** Learns from what the agent says which devices it has opened. */
  #watched(events: Events): Events {
    return {
      emit: (level, event, facts) => {
        if (event === 'device.opened') this.unopened.delete(Number(facts?.['deviceId']))
        events.emit(level, event, facts)
      },
    }
  }

  get isUp(): boolean {
    return this.process.isAlive
  }

  get #url(): string {
    return `http://${this.name}:${PORT}`
  }

  #newProcess(): Process {
    const { timeline, network, random } = this.#stage
    const lives = random.fork(`${this.name}/${this.#lives++}`)
    return new Process(this.name, { timeline, network, random: lives }, this.machine)
  }
}
