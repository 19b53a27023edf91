// An agent that is replaced by successors while it runs: the processes, one after the other, as
// they say themselves who they are. Their standard output is one and the same.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { untilTrue } from '#test/support/until-true.ts'
import { type AgentProcess, type Ended, runAgent, startAgentProcess } from './agent-process.ts'
import { childrenOf } from './children.ts'
import type { Host } from './host.ts'

type Settings = Readonly<Record<string, string>>

export class RollingAgent implements AsyncDisposable {
  readonly first: AgentProcess
  readonly #file: string
  readonly #fixed: Settings

  private constructor(first: AgentProcess, file: string, fixed: Settings) {
    this.first = first
    this.#file = file
    this.#fixed = fixed
  }

  /** In the place of the host's own. */
  static async start(host: Host, own: Settings = {}): Promise<RollingAgent> {
    await host.stop()
    const file = join(host.root, 'agent.env')
    const fixed = {
      MOG_ROOT: host.root,
      MOG_TRACKER_URL: host.tracker.url,
      MOG_LISTEN: '127.0.0.1:0',
    }
    await write(file, { ...fixed, ...own })
    const first = await startAgentProcess({}, ['--config', file])
    return new RollingAgent(first, file, fixed)
  }

  get url(): string {
    return this.first.url
  }

  /** All that were ready to serve alone, the newest last. */
  get pids(): number[] {
    const started = this.first.lines.filter(({ event }) => event === 'agent.listening')
    return started.map(({ pid = 0 }) => pid)
  }

  get pid(): number {
    return this.pids.at(-1) ?? 0
  }

  configure(own: Settings): Promise<void> {
    return write(this.#file, { ...this.#fixed, ...own })
  }

  /** As an operator asks for it. */
  reload(): Promise<Ended> {
    return runAgent(['reload', '--config', this.#file])
  }

  /** The processes that the agent has started, once there are some. */
  async untilSuccessors(): Promise<number[]> {
    let found: number[] = []
    await untilTrue(async () => {
      found = await childrenOf(this.pid)
      return found.length > 0
    }, 'a successor was started')
    return found
  }

  async untilGone(pid: number): Promise<void> {
    await untilTrue(async () => !(await isAlive(pid)), `process ${pid} has ended`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of this.pids) {
      killIfThere(pid)
      await this.untilGone(pid)
    }
    await this.first[Symbol.asyncDispose]()
  }
}

const isAlive = async (pid: number) => (await childrenOf(pid, 'isAlive')).length > 0

const write = (file: string, settings: Settings) =>
  writeFile(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )

/** It may have ended by itself. */
export function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
