// The process that is to take over from this one: the same program, started anew, so that it has
// the code and the configuration of now. While it is not ready, nothing here has changed.
import { type ChildProcess, spawn } from 'node:child_process'
import type { Server } from 'node:net'
import { SUCCESSOR_START_MS } from '../limits.ts'
import { ourArguments } from '../our-arguments.ts'
import type { FromSuccessor, ToSuccessor } from './messages.ts'

export interface Origin {
  /** As this process was given it, before the configuration file was read. */
  env: NodeJS.ProcessEnv
  /** Of the configuration, where it was named. */
  file: string | undefined
}

export class Successor {
  readonly #child: ChildProcess
  readonly #heard = new Set<FromSuccessor['kind']>()
  #hasEnded = false
  #onChange: (() => void) | undefined

  constructor({ env, file }: Origin) {
    const named = file === undefined ? [] : ['--config', file]
    this.#child = spawn(process.execPath, ourArguments('succeed', ...named), {
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#child.on('message', ({ kind }: FromSuccessor) => {
      this.#heard.add(kind)
      this.#onChange?.()
    })
    const ended = () => {
      this.#hasEnded = true
      this.#onChange?.()
    }
    this.#child.once('exit', ended)
    this.#child.once('error', ended)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Whether it said so, before it ended. */
  async says(kind: FromSuccessor['kind']): Promise<boolean> {
    while (!this.#heard.has(kind) && !this.#hasEnded) {
      const changed = Promise.withResolvers<undefined>()
      this.#onChange = () => changed.resolve(undefined)
      await changed.promise
    }
    return this.#heard.has(kind)
  }

  /** The same, for one that has nothing to wait for but itself. */
  async saysSoon(kind: FromSuccessor['kind']): Promise<boolean> {
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), SUCCESSOR_START_MS)
    const has = await this.says(kind)
    clearTimeout(patience)
    return has
  }

  /** Resolves when it is on its way, or nobody is there any more. */
  tell(message: ToSuccessor, socket?: Server): Promise<void> {
    return new Promise((resolve) => {
      if (this.#child.connected) this.#child.send(message, socket, () => resolve())
      else resolve()
    })
  }
}
