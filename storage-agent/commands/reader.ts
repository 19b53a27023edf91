// A reader, as the primary starts it: it does what it is told over the channel between them, and
// ends with the primary.
import type { Server } from 'node:net'
import { assert } from '#shared/assert.ts'
import { giveUpAfter } from '../give-up.ts'
import type { Sockets } from '../http/doors.ts'
import { InheritedSocket } from '../http/inherited-socket.ts'
import { STOP_MS } from '../limits.ts'
import type { FromReader, ToReader } from '../processes/messages.ts'
import { type Reader, startReader } from '../processes/reader.ts'
import { boundYoungHeap } from '../young-heap.ts'

/** That the primary has died is told by `disconnect`. */
const tell = (message: FromReader, socket?: Server) =>
  void process.send?.(message, socket, undefined, () => undefined)

export function runReader(): void {
  assert(process.send !== undefined, 'a reader is started by an agent')
  boundYoungHeap()
  const inherited: Sockets<InheritedSocket> = { listen: [], internalListen: [] }
  let reader: Promise<Reader> | undefined
  const told = (message: ToReader, socket: Server) => {
    if (message.kind === 'socket') inherited[message.of].push(new InheritedSocket(socket))
    else if (message.kind === 'start') {
      reader = startReader(message.start, inherited, tell)
      void start(reader)
    } else void obey(message, reader)
  }
  process.on('message', told)
  // nobody tells it what is true any more; `exit` would wait for threads that wait for a disk
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
}

async function start(begin: Promise<Reader>): Promise<void> {
  try {
    await begin
    tell({ kind: 'listening' })
  } catch (error) {
    process.stderr.write(`mog-agent: a reader: ${String(error)}\n`)
    process.exit(1)
  }
}

type Order = Exclude<ToReader, { kind: 'start' | 'socket' }>

async function obey(order: Order, starting: Promise<Reader> | undefined): Promise<void> {
  if (order.kind === 'stop') giveUpAfter(2 * STOP_MS)
  const reader = await starting
  if (order.kind === 'state') reader?.follow(order.state)
  else if (order.kind === 'share') share(reader)
  else {
    const over = order.kind === 'leave' ? reader?.leave() : reader?.[Symbol.asyncDispose]()
    if (order.kind === 'stop') tell({ kind: 'closing' })
    await over
    process.exit(0)
  }
}

function share(reader: Reader | undefined): void {
  const { listen = [], internalListen = [] } = reader?.sockets ?? {}
  for (const socket of listen) tell({ kind: 'socket', of: 'listen' }, socket)
  for (const socket of internalListen) tell({ kind: 'socket', of: 'internalListen' }, socket)
  tell({ kind: 'shared' })
}
