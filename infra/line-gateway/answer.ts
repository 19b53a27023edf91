// One line in, one line out, whatever happens: a command that fails is an answer.
import { type AdminClient, adminClient } from '#shared/client/admin.ts'
import { Refusal } from '#shared/client/refusal.ts'
import type { Tracker } from '#shared/client/tracker.ts'
import { Unreachable } from '#shared/client/unreachable.ts'
import type { Clock } from '#shared/clock.ts'
import { type Events, errorFacts } from '#shared/events.ts'
import type { Activity } from './activity.ts'
import { errLine, okLine, parseLine } from './codec.ts'
import type { Call, Command } from './command.ts'
import { commands } from './commands.ts'
import { MAX_UNDER_WAY } from './limits.ts'
import { LineRefusal, refusalOf } from './refusals.ts'

/** What the answers to all clients are made of. */
export interface Desk {
  tracker: Tracker
  admin: AdminClient
  events: Events
  activity: Activity
  clock: Clock
  /** The header in which trackers are told where a client is. */
  addressHeader: string
}

export const deskOf = (parts: Omit<Desk, 'admin'>): Desk => ({
  ...parts,
  admin: adminClient(parts.tracker),
})

/** Of one client: where it is, in the trackers' words, and when it has gone. */
export type Client = Pick<Call, 'headers' | 'signal'>

export interface Asked {
  name: string
  isRead: boolean
  /** About this gateway: it is not counted among what it does for clients. */
  isBang?: true
  run(): Promise<string>
}

export function ask(desk: Desk, client: Client, line: string): Asked {
  const { command: name, args } = parseLine(line)
  const command = commands.get(name)
  const callId = args.get('callid')
  const call: Call = { args, tracker: desk.tracker, admin: desk.admin, ...client }
  return {
    name,
    isRead: command?.isRead === true,
    run: async () => {
      try {
        if (command === undefined) throw new LineRefusal('unknown_command')
        if (desk.activity.underWay.size > MAX_UNDER_WAY) throw new LineRefusal('busy')
        return okLine(await command.run(call), callId)
      } catch (error) {
        return refuse(desk, { name, line, command }, error, callId)
      }
    },
  }
}

function refuse(
  { events, activity }: Desk,
  asked: { name: string; line: string; command: Command | undefined },
  error: unknown,
  callId: string | undefined,
): string {
  const { code, message } = refusalOf(error, asked.command?.codes)
  const isKnown = error instanceof LineRefusal || error instanceof Refusal
  if (!isKnown) {
    const level = error instanceof Unreachable ? 'warn' : 'error'
    events.emit(level, 'command.failed', { command: asked.name, ...errorFacts(error) })
  }
  activity.tell(`[${asked.name}] ${code}: ${message}`)
  return errLine(code, message, callId)
}
