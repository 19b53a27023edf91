// Whole stores as a client of MogileFS does them: create_open, PUT, create_close without a receipt.
import { HttpConnection, headOf } from './http-connection.ts'
import { LineConnection } from './line-connection.ts'
import { type Outcome, repeat } from './repeat.ts'
import { withBody } from './send-requests.ts'
import type { LinesTask, StoreByLinesTask } from './tasks.ts'

const NODE_URL = /^http:\/\/[^/:]+:(\d+)(\/.*)$/

export async function storeByLines(task: StoreByLinesTask): Promise<Outcome> {
  using open = new DisposableStack()
  const opening = Array.from({ length: task.connections }, () => openClient(task, open))
  const clients = await Promise.all(opening)
  return await repeat({ callers: clients.length, ms: task.ms }, async (caller, index) => {
    await clients[caller]?.(`${task.prefix}${index}`)
    return task.body.length
  })
}

async function openClient(task: StoreByLinesTask, open: DisposableStack) {
  const { body, domain } = task
  const gateway = open.use(await LineConnection.open(task.port))
  const nodes = new Map<string, HttpConnection>()

  async function nodeAt(port: string): Promise<HttpConnection> {
    const known = nodes.get(port)
    if (known !== undefined) return known
    const made = open.use(await HttpConnection.open(Number(port)))
    nodes.set(port, made)
    return made
  }

  return async (key: string): Promise<void> => {
    const names = `domain=${domain}&key=${key}&size=${body.length}`
    const opened = await gateway.ask(`create_open ${names}&multi_dest=1`)
    const fields = new URLSearchParams(opened)
    const [, port = '', path = ''] = NODE_URL.exec(fields.get('path_1') ?? '') ?? []
    const node = await nodeAt(port)
    const head = headOf('PUT', path, { 'content-length': body.length })
    await node.exchange(withBody(head, body), 201)
    const place = new URLSearchParams({
      fid: fields.get('fid') ?? '',
      devid: fields.get('devid_1') ?? '',
      path: fields.get('path_1') ?? '',
    })
    await gateway.ask(`create_close ${names}&${place.toString()}`)
  }
}

/** One command after the other over one connection, so many of them under way. */
export async function sendLines({ port, lines, depth, ms }: LinesTask): Promise<Outcome> {
  using gateway = await LineConnection.open(port)
  return await repeat({ callers: depth, ms }, async (_, index) => {
    const answer = await gateway.ask(lines[index % lines.length] ?? '')
    return answer.length
  })
}
