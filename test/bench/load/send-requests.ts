// Prepared requests over kept connections, as fast as the server answers.
import { HttpConnection } from './http-connection.ts'
import { type Outcome, repeat } from './repeat.ts'
import type { RequestsTask } from './tasks.ts'

export async function sendRequests(task: RequestsTask): Promise<Outcome> {
  const { heads, body, once, expected, ms } = task
  using open = new DisposableStack()
  const opening = Array.from({ length: task.connections }, () => HttpConnection.open(task.port))
  const connections = (await Promise.all(opening)).map((each) => open.use(each))
  const bodyBytes = body?.length ?? 0

  const pace = { callers: connections.length, ms, times: once ? heads.length : undefined }
  return await repeat(pace, async (caller, index) => {
    const head = heads[index % heads.length] ?? ''
    const { bytes } = (await connections[caller]?.exchange(withBody(head, body), expected)) ?? {
      bytes: 0,
    }
    return bodyBytes + bytes
  })
}

/** In one piece: one packet, one system call. */
export function withBody(head: string, body: Uint8Array | undefined): string | Buffer {
  if (body === undefined) return head
  const request = Buffer.allocUnsafe(head.length + body.length)
  request.write(head, 'latin1')
  request.set(body, head.length)
  return request
}
