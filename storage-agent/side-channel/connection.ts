// One connection to the side channel: lines in, lines out, in order. While one is answered no other
// is read, so that whoever sends faster than we answer waits in his own socket.
import type { Socket } from 'node:net'
import { type Events, errorFacts } from '#shared/events.ts'
import { codeOf } from '../disk/failures.ts'
import { MAX_SIDE_LINE_BYTES, MAX_SIDE_UNREAD_BYTES, SIDE_IDLE_MS } from '../limits.ts'
import { type Answers, Unanswerable } from './answer.ts'
import { questionIn } from './question.ts'

export interface ConnectionDeps {
  answers: Answers
  /** Those who watch: they are told until they leave. */
  watchers: Set<Socket>
  events: Events
}

/** Resolves when the connection has ended. Never rejects. */
export async function converse(socket: Socket, deps: ConnectionDeps): Promise<void> {
  socket.setTimeout(SIDE_IDLE_MS, () => {
    if (!deps.watchers.has(socket)) socket.destroy()
  })
  try {
    for await (const line of linesOf(socket)) await take(line, socket, deps)
    socket.end()
  } catch (error) {
    const isExpected = error instanceof Unanswerable || codeOf(error) !== undefined
    deps.events.emit(isExpected ? 'debug' : 'error', 'side.failed', errorFacts(error))
  } finally {
    deps.watchers.delete(socket)
    socket.destroy()
  }
}

async function take(line: string, socket: Socket, deps: ConnectionDeps): Promise<void> {
  const question = questionIn(line)
  if (question.ask === 'watch') {
    deps.watchers.add(socket)
    return
  }
  const answer = await deps.answers.answer(question)
  if (answer !== undefined) tell(socket, `${answer}\r\n`)
}

/** Cuts off who does not read. */
export function tell(socket: Socket, text: string): void {
  if (socket.writableLength > MAX_SIDE_UNREAD_BYTES) socket.destroy()
  else socket.write(text)
}

/** Ended by LF or CRLF. A longer line than any that we know ends the connection. */
async function* linesOf(socket: Socket): AsyncGenerator<string, void, undefined> {
  let rest = ''
  for await (const chunk of socket.setEncoding('latin1')) {
    rest += String(chunk)
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      if (end > MAX_SIDE_LINE_BYTES) throw new Unanswerable('the line is too long')
      yield rest.slice(0, end).replace(/\r$/, '')
      rest = rest.slice(end + 1)
    }
    if (rest.length > MAX_SIDE_LINE_BYTES) throw new Unanswerable('the line is too long')
  }
}
