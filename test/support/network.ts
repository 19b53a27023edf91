// A network of this kernel's own: a namespace for each part, joined by a router that is this
// process's namespace. Where two parts are cut their packets vanish in the router: nobody is
// refused or reset, as behind a broken switch. Needs root, and a namespace that is nobody else's.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { type Child, startChild } from '#infra/dev/child.ts'
import type { Place } from '#infra/dev/place.ts'

const READY_TIMEOUT_MS = 20_000
const run = promisify(execFile)
const ip = (words: string) => run('ip', words.split(' '))

interface Part extends Place {
  holder: Child<true>
}

export class Network implements AsyncDisposable {
  readonly #parts = new Map<string, Part>()
  readonly #rules: string[][] = []

  /** Of these parts, each of which reaches all others, and us. */
  static async join(names: readonly string[]): Promise<Network> {
    await using parts = new AsyncDisposableStack()
    const network = parts.use(new Network())
    await ip('link set lo up')
    await writeFile('/proc/sys/net/ipv4/ip_forward', '1')
    await ip('rule add pref 20 table local') // after what vanishes
    await ip('rule del pref 0')
    for (const [index, name] of names.entries()) await network.#add(name, index + 1)
    parts.move()
    return network
  }

  place(name: string): Place {
    const part = this.#parts.get(name)
    if (part === undefined) throw new Error(`no part of the network is ${name}`)
    return part
  }

  /** Nothing gets from the one to the other; back it does. */
  async mute(from: string, to: string): Promise<void> {
    const packets = ['from', this.place(from).address, 'to', this.place(to).address]
    await this.#blackhole(packets)
  }

  async cut(one: string, other: string): Promise<void> {
    await this.mute(one, other)
    await this.mute(other, one)
  }

  /** As if its power were gone: nothing that it says gets anywhere, not even to us. */
  async silence(name: string): Promise<void> {
    await this.#blackhole(['from', this.place(name).address])
  }

  async heal(): Promise<void> {
    for (const rule of this.#rules.splice(0)) await run('ip', ['rule', 'del', ...rule])
  }

  async #blackhole(packets: string[]): Promise<void> {
    const rule = [...packets, 'pref', '10', 'blackhole']
    await run('ip', ['rule', 'add', ...rule])
    this.#rules.push(rule)
  }

  /** The namespace goes with the process that holds it, and the wire with the namespace. */
  async #add(name: string, number: number): Promise<void> {
    const holder = await startChild({
      name: `the network of ${name}`,
      command: 'unshare',
      args: ['--net', 'sh', '-c', 'echo here && exec sleep infinity'],
      ready: (line) => (line === 'here' ? true : undefined),
      readyTimeoutMs: READY_TIMEOUT_MS,
    })
    const [address, router, wire] = [`10.77.${number}.2`, `10.77.${number}.1`, `to-${number}`]
    const enter = ['nsenter', `--net=/proc/${holder.pid}/ns/net`]
    this.#parts.set(name, { address, enter, holder })
    const inside = (words: string) => run('nsenter', [...enter.slice(1), 'ip', ...words.split(' ')])
    await ip(`link add ${wire} type veth peer name eth0 netns ${holder.pid}`)
    await ip(`address add ${router}/24 dev ${wire}`)
    await ip(`link set ${wire} up`)
    await inside(`address add ${address}/24 dev eth0`)
    await inside('link set lo up')
    await inside('link set eth0 up')
    await inside(`route add default via ${router}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#parts.values()].map(({ holder }) => holder.stop('SIGKILL')))
  }
}
