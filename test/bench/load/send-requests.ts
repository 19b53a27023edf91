// Prepared requests over kept connections, as fast as the server answers.
import { type Answer, HttpConnection } from './http-connection.ts'
import { type Outcome, repeat } from './repeat.ts'
import type { RequestsTask } from './tasks.ts'

const ONE_WRITE_BYTES = 262_144

export async function sendRequests(task: RequestsTask): Promise<Outcome> {
  const { heads, body, once, expected, ms } = task
  using open = new DisposableStack()
  const opening = Array.from({ length: task.connections }, () => HttpConnection.open(task.port))
  const connections = (await Promise.all(opening)).map((each) => open.use(each))
  const bodyBytes = body?.length ?? 0

  const pace = { callers: connections.length, ms, times: once ? heads.length : undefined }
  return await repeat(pace, async (caller, index) => {
    const connection = connections[caller]
    if (connection === undefined) throw new Error(`there is no connection ${caller}`)
    const { bytes } = await send(connection, heads[index % heads.length] ?? '', body, expected)
    return bodyBytes + bytes
  })
}

/** A large body is not copied: that would cost more than the system call that it saves. */
export function send(
  connection: HttpConnection,
  head: string,
  body: Uint8Array | undefined,
  expected: number,
): Promise<Answer> {
  if (body === undefined || body.length <= ONE_WRITE_BYTES)
    return connection.exchange(withBody(head, body), expected)
  const whole = Buffer.from(body.buffer, body.byteOffset, body.length)
  return connection.stream(head, whole, whole.length, expected)
}

/** In one piece: one packet, one system call. */
export function withBody(head: string, body: Uint8Array | undefined): string | Buffer {
  if (body === undefined) return head
  const request = Buffer.allocUnsafe(head.length + body.length)
  request.write(head, 'latin1')
  request.set(body, head.length)
  return request
}
