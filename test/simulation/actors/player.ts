// Plays the steps of a story on a cluster. What a step begins for a time, it also ends.
import type { Damage } from '../damage.ts'
import type { FileSystem } from '../disk/file-system.ts'
import type { History } from '../history.ts'
import type { HttpRequest } from '../network/exchange.ts'
import { NO_TROUBLE } from '../network/network.ts'
import type { Process } from '../process.ts'
import type {
  Act,
  ClientAct,
  DiskAct,
  DiskTrouble,
  NetworkAct,
  OperatorAct,
  ProcessAct,
} from '../story/step.ts'
import type { Client } from './client.ts'
import { type Cluster, DOMAIN } from './cluster.ts'
import type { Host } from './host.ts'

const SLOW_MS = 150
const LATE_MS = 3_000
const FULL_BYTES = 1_000_000
const PLENTY_BYTES = 1_000_000_000_000

type Of<Verb extends Act['do']> = Extract<Act, { do: Verb }>

export class Player {
  readonly #cluster: Cluster
  readonly #clients: readonly Client[]
  readonly #history: History
  readonly #damage: Damage
  readonly #ends = new Set<() => void>()
  /** What an operator wants of a device in the end, whatever got lost on the way. */
  readonly #wanted = new Map<number, 'alive' | 'dead'>()
  readonly #keys: readonly string[]

  constructor(
    cluster: Cluster,
    clients: readonly Client[],
    records: { history: History; damage: Damage; keys: readonly string[] },
  ) {
    this.#cluster = cluster
    this.#clients = clients
    this.#history = records.history
    this.#damage = records.damage
    this.#keys = records.keys
  }

  play(act: Act): void {
    if ('client' in act) return this.#ask(act)
    if (act.do === 'partition' || act.do === 'trouble' || act.do === 'hold')
      return this.#troubleNetwork(act)
    if ('class' in act || 'check' in act || act.do === 'state') return this.#operate(act)
    if ('device' in act) return this.#troubleDisk(act)
    return this.#troubleProcess(act)
  }

  /** Everything that was begun for a time ends now. */
  heal(): void {
    this.#cluster.stage.network.healAll()
    for (const end of this.#ends) end()
    this.#ends.clear()
    for (const [device, state] of this.#wanted)
      this.#order('PATCH', `/devices/${device}`, { state })
  }

  #ask(act: ClientAct): void {
    const client = this.#clients[act.client % this.#clients.length]
    if (act.do === 'put') void client?.put(act.key, act.bytes, act.class)
    else if (act.do === 'get') void client?.get(act.key)
    else if (act.do === 'delete') void client?.delete(act.key)
    else if (act.do === 'rename') void client?.rename(act.key, act.to)
    else if (act.do === 'restore') void client?.restore(act.nth)
    else void client?.list(this.#keys)
  }

  #troubleProcess(act: ProcessAct): void {
    if (act.do === 'freeze') return this.#freeze(act)
    if (act.do === 'restart') return this.#restartTracker(act.tracker)
    if (act.do === 'skew') return this.#skew(act)
    if (act.do !== 'blackout') return this.#stopHost(act)
    for (const host of this.#cluster.hosts.keys())
      this.#stopHost({ do: 'power', host, forMs: act.forMs })
    return undefined
  }

  #stopHost(act: Of<'kill'> | Of<'power'>): void {
    const host = this.#cluster.hosts[act.host]
    if (host?.isUp !== true) return
    if (act.do === 'power') host.cutPower()
    else host.kill()
    this.#for(act.forMs, () => host.restart())
  }

  #freeze({ who, forMs }: Of<'freeze'>): void {
    const process = this.#processOf(who)
    process?.freeze()
    this.#for(forMs, () => process?.thaw())
  }

  #restartTracker(index: number): void {
    const name = [...this.#cluster.trackers.keys()][index]
    if (name === undefined) return
    this.#cluster.trackers.get(name)?.kill()
    this.#cluster.startTracker(name)
  }

  #skew({ who, skewMs }: Of<'skew'>): void {
    const process = this.#processOf(who)
    if (process !== undefined) process.skewMs = skewMs
  }

  #troubleNetwork(act: NetworkAct): void {
    const { network } = this.#cluster.stage
    if (act.do === 'partition') {
      network.partition(act.one, act.other)
      return this.#for(act.forMs, () => network.heal(act.one, act.other))
    }
    if (act.do === 'hold') return network.holdNext(isReport, act.forMs)
    network.trouble = { ...act, lateMs: LATE_MS }
    return this.#for(act.forMs, () => {
      network.trouble = NO_TROUBLE
    })
  }

  #troubleDisk(act: DiskAct): void {
    const host = this.#cluster.hosts.find(({ deviceIds }) =>
      deviceIds.some((id) => id === act.device),
    )
    if (host === undefined) return
    if (act.do === 'ruin') return this.#ruin(act, host)
    const disk = host.disk(act.device)
    if (act.do === 'harm') return this.#damage.harm(act.device, disk, act.how, act.nth)
    begin[act.trouble](disk)
    return this.#for(act.forMs, () => wellAgain(disk))
  }

  /** The disk is gone for good, and after a time the operator says so. */
  #ruin({ device, deadAfterMs }: Of<'ruin'>, host: Host): void {
    this.#damage.lose(device)
    host.replaceDisk(device)
    this.#wanted.set(device, 'dead')
    this.#for(deadAfterMs, () => this.#order('PATCH', `/devices/${device}`, { state: 'dead' }))
  }

  #operate(act: OperatorAct): void {
    const classes = `/domains/${DOMAIN}/classes`
    if (act.do === 'class') this.#order('PATCH', `${classes}/${act.class}`, { copies: act.copies })
    else if (act.do === 'policy')
      this.#order('PATCH', `${classes}/${act.class}`, { policy: act.policy })
    else if (act.do === 'fsck') this.#order('POST', '/fsck', { check: act.check })
    else this.#mark(act)
  }

  #mark({ device, state, backAfterMs }: Of<'state'>): void {
    if (!this.#wanted.has(device)) this.#wanted.set(device, 'alive')
    this.#order('PATCH', `/devices/${device}`, { state })
    this.#for(backAfterMs, () => this.#order('PATCH', `/devices/${device}`, { state: 'alive' }))
  }

  /** An operator who is refused, or not heard, lets it be. */
  #order(method: string, path: string, json: unknown): void {
    this.#cluster
      .admin(method, path, json)
      .catch((error: unknown) => this.#history.failed(`${method}: ${String(error).slice(0, 60)}`))
  }

  #for(ms: number, end: () => void): void {
    const once = () => {
      if (this.#ends.delete(once)) end()
    }
    this.#ends.add(once)
    this.#cluster.stage.timeline.after(ms, once)
  }

  #processOf(name: string): Process | undefined {
    return (
      this.#cluster.trackers.get(name) ??
      this.#cluster.hosts.find((host) => host.name === name)?.process
    )
  }
}

/** Of jobs that an agent has done. */
const isReport = ({ url, body }: HttpRequest): boolean =>
  url.endsWith('/agent/sync') && body.includes('"done":[{')

const begin: Record<DiskTrouble, (disk: FileSystem) => void> = {
  fill: (disk: FileSystem) => {
    disk.capacityBytes = FULL_BYTES
  },
  readonly: (disk: FileSystem) => {
    disk.trouble = 'readonly'
  },
  failing: (disk: FileSystem) => {
    disk.trouble = 'failing'
  },
  hang: (disk: FileSystem) => disk.hang(),
  slow: (disk: FileSystem) => {
    disk.slowMs = SLOW_MS
  },
}

function wellAgain(disk: FileSystem): void {
  disk.capacityBytes = PLENTY_BYTES
  disk.trouble = 'none'
  disk.slowMs = 0
  disk.letGo()
}
