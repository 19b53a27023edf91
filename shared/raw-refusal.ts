// A refusal as it goes over the wire, for what a server's parser cannot read: there is no request
// then, and no response that one could write to.
import { type Problem, problemDocument } from './problems.ts'

export function rawRefusal(problem: Problem, requestId: string): string {
  const text = JSON.stringify(problemDocument(problem, requestId))
  const head = [
    `HTTP/1.1 ${problem.entry.status} Refused`,
    'content-type: application/problem+json',
    `content-length: ${new TextEncoder().encode(text).length}`,
    'connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${text}`
}
