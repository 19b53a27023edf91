// This agent is replaced by a successor while both answer: no request is refused, and one of them
// writes at a time. A kill at any moment costs what a kill of one agent does: answers under way.
import type { Events } from '#shared/events.ts'
import type { Agent } from '../agent.ts'
import { HAND_OVER_MS, STOP_MS } from '../limits.ts'
import { type Origin, Successor } from './successor.ts'

type Part = Pick<Agent, 'inheritance' | 'shareSockets' | 'release'>

/** `kept`: no successor came to answer, and nothing has changed. */
export type Replaced = { outcome: 'replaced'; pid: number } | { outcome: 'kept'; reason: string }

interface World {
  events: Events
  /** Of this process. */
  end: () => never
}

export async function replace(
  agent: Part,
  origin: Origin,
  { events, end }: World,
): Promise<Replaced> {
  if (process.pid === 1) return kept(events, 'its container would end with it: restart that')
  const successor = new Successor(origin)
  await successor.tell({ kind: 'inherit', inheritance: agent.inheritance() })
  if (!(await successor.saysSoon('ready'))) return kept(events, NOT_STARTED)
  await agent.shareSockets((of, socket) => successor.tell({ kind: 'socket', of }, socket))
  await successor.tell({ kind: 'sent' })
  if (!(await successor.saysSoon('listening'))) return kept(events, NOT_STARTED)

  // a disk that hangs would keep us: our end frees what the successor waits for
  const patience = setTimeout(end, HAND_OVER_MS + 2 * STOP_MS)
  await agent.release()
  clearTimeout(patience)
  await successor.tell({ kind: 'released' })
  if (!(await successor.says('owning')))
    throw new Error('the successor ended in the middle of taking over')
  const { pid = 0 } = successor
  events.emit('info', 'agent.replaced', { pid: process.pid, by: pid })
  return { outcome: 'replaced', pid }
}

const NOT_STARTED = 'a new process could not start; its last lines in the log say why'

function kept(events: Events, reason: string): Replaced {
  events.emit('error', 'agent.kept', { reason })
  return { outcome: 'kept', reason }
}
