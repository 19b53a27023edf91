// The agent that this process takes over from, which has started it: what it leaves us, and when
// the devices are ours. If it dies, they are: the kernel has freed its locks.
import type { Server } from 'node:net'
import { resolve } from 'node:path'
import { assert } from '#shared/assert.ts'
import type { Clock } from '#shared/clock.ts'
import type { Sockets } from '../http/doors.ts'
import { InheritedSocket } from '../http/inherited-socket.ts'
import { LOCK_RETRY_MS, STOP_MS } from '../limits.ts'
import type {
  Addresses,
  At,
  FromSuccessor,
  Inheritance,
  SocketOf,
  ToSuccessor,
} from './messages.ts'

export interface Inherited {
  sockets: Sockets<InheritedSocket>
  side: InheritedSocket | undefined
}

export class Predecessor {
  readonly #sockets: Record<SocketOf, InheritedSocket[]> = {
    listen: [],
    internalListen: [],
    sideListen: [],
  }
  readonly #inheritance = Promise.withResolvers<Inheritance>()
  readonly #sent = Promise.withResolvers<undefined>()
  readonly #released = Promise.withResolvers<undefined>()
  #isListening = false

  constructor() {
    assert(process.send !== undefined, 'a successor is started by an agent')
    process.on('message', (message: ToSuccessor, socket: Server) => {
      if (message.kind === 'socket') this.#sockets[message.of].push(new InheritedSocket(socket))
      else if (message.kind === 'inherit') this.#inheritance.resolve(message.inheritance)
      else if (message.kind === 'sent') this.#sent.resolve(undefined)
      else this.#released.resolve(undefined)
    })
    process.once('disconnect', () => {
      if (!this.#isListening) process.exit(1) // clients never knew us: whoever starts agents, does
      this.#released.resolve(undefined)
    })
  }

  /** Throws where a new process cannot go on for the old one, and has to be started alone. */
  async tell(root: string): Promise<Inheritance> {
    const inheritance = await this.#inheritance.promise
    if (resolve(root) !== resolve(inheritance.root))
      throw new Error(`MOG_ROOT was ${inheritance.root}: another one takes a restart`)
    return inheritance
  }

  /** To be called when nothing more can fail; for whoever listens at these addresses. */
  async inherit(wanted: Addresses, before: Addresses): Promise<Inherited> {
    tell({ kind: 'ready' })
    await this.#sent.promise
    const take = (of: SocketOf) => {
      if (isSame(wanted[of], before[of])) return this.#sockets[of]
      for (const socket of this.#sockets[of]) socket.drop()
      return []
    }
    const [side] = take('sideListen')
    return {
      sockets: { listen: take('listen'), internalListen: take('internalListen') },
      side,
    }
  }

  /** Resolves when it writes nothing any more. */
  async release(): Promise<void> {
    this.#isListening = true
    tell({ kind: 'listening' })
    await this.#released.promise
  }

  /** It has told us, or has died: then its locks are free in a moment. */
  async lock<Lock>(clock: Clock, lock: () => Promise<Lock>): Promise<Lock> {
    const untilMs = clock.nowMs() + STOP_MS
    for (;;) {
      try {
        return await lock()
      } catch (error) {
        if (clock.nowMs() >= untilMs) throw error
        await clock.sleep(LOCK_RETRY_MS)
      }
    }
  }

  /** The last that we have to say to each other. */
  owning(): void {
    tell({ kind: 'owning' }, () => process.connected && process.disconnect())
  }
}

/** That it has died is told by `disconnect`. */
const tell = (message: FromSuccessor, then: () => void = () => undefined) =>
  void process.send?.(message, undefined, undefined, then)

const isSame = (one: At | undefined, other: At | undefined) =>
  one?.host === other?.host && one?.port === other?.port

/** Those at which nobody of ours listens yet. */
export const newAddresses = (wanted: Addresses, before: Addresses): At[] =>
  addresses
    .filter((of) => !isSame(wanted[of], before[of]))
    .map((of) => wanted[of])
    .filter((at) => at !== undefined)

const addresses = ['listen', 'internalListen', 'sideListen'] as const
