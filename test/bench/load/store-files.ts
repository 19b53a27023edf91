// Whole stores, as a client does them: open, PUT, close with the receipt, over connections that are
// kept. A caller has one to the tracker and one to each node that it meets.
import * as z from 'zod'
import { HttpConnection, headOf } from './http-connection.ts'
import { type Outcome, repeat } from './repeat.ts'
import { send, withBody } from './send-requests.ts'
import type { StoreTask } from './tasks.ts'

const Opened = z.object({
  fid: z.number(),
  targets: z.array(z.object({ deviceId: z.number(), url: z.string() })).min(1),
})
const Stored = z.object({ receipt: z.string() })
const NODE_URL = /^http:\/\/[^/:]+:(\d+)(\/.*)$/

export async function storeFiles(task: StoreTask): Promise<Outcome> {
  using open = new DisposableStack()
  const opening = Array.from({ length: task.connections }, () => openClient(task, open))
  const clients = await Promise.all(opening)

  const pace = { callers: clients.length, ms: task.ms, times: task.times }
  return await repeat(pace, async (caller, index) => {
    await clients[caller]?.store(`${task.prefix}${index}`)
    return task.body.length
  })
}

interface Client {
  store(key: string): Promise<void>
}

async function openClient(task: StoreTask, open: DisposableStack): Promise<Client> {
  const { body } = task
  let tracker = open.use(await HttpConnection.open(task.trackerPort))
  const uploads = `/v1/domains/${task.domain}/uploads`
  const authorization = `Bearer ${task.key}`
  const nodes = new Map<number, HttpConnection>()

  async function nodeAt(port: number): Promise<HttpConnection> {
    const known = nodes.get(port)
    if (known !== undefined) return known
    const made = open.use(await HttpConnection.open(port))
    nodes.set(port, made)
    return made
  }
  async function post(path: string, json: unknown, expected: number) {
    if (!tracker.isOpen) tracker = open.use(await HttpConnection.open(task.trackerPort))
    const text = Buffer.from(JSON.stringify(json))
    const fields = {
      authorization,
      'content-type': 'application/json',
      'content-length': text.length,
    }
    return tracker.exchange(withBody(headOf('POST', path, fields), text), expected)
  }

  return {
    async store(key) {
      const opened = await post(uploads, { key, bytes: body.length }, 201)
      const { fid, targets } = Opened.parse(JSON.parse(opened.body.toString()))
      const [target] = targets
      const [, port, path = ''] = NODE_URL.exec(target?.url ?? '') ?? []
      const head = headOf('PUT', path, { 'content-length': body.length })
      const node = await nodeAt(Number(port))
      const put = await send(node, head, body, 201)
      const { receipt } = Stored.parse(JSON.parse(put.body.toString()))
      await post(`${uploads}/${fid}/close`, { deviceId: target?.deviceId, receipt }, 200)
    },
  }
}
