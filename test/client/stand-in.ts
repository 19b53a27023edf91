// A small cluster that speaks the wire: one tracker and some nodes over real HTTP, in memory.
// What one of them should do otherwise, once, a test says beforehand.
import type { FileInfo } from '#shared/wire/files.ts'
import { type Answer, httpServer } from './http-server.ts'
import { nodeAnswers } from './stand-in-node.ts'
import { trackerAnswers } from './stand-in-tracker.ts'

export interface StandIn extends AsyncDisposable {
  url: string
  key: string
  files: Map<string, FileInfo>
  /** What each node holds by fid; the first is node1's. */
  disks: Map<number, Buffer<ArrayBuffer>>[]
  /** `tracker POST /v1/domains/demo/uploads`, `node2 PUT /dev2/...`: what was asked, in order. */
  asked: string[]
  /** Requests whose line begins so are answered like this: each rule once, in the given order. */
  next(line: string, answer: Answer): void
}

export async function standIn({ nodes = 3 } = {}): Promise<StandIn> {
  await using servers = new AsyncDisposableStack()
  const asked: string[] = []
  const rules: { line: string; answer: Answer }[] = []

  const serve = async (who: string, usual: Answer) => {
    const server = await httpServer((request, response) => {
      const line = `${who} ${request.method} ${decodeURIComponent(request.url ?? '')}`
      asked.push(line)
      const at = rules.findIndex((rule) => line.startsWith(rule.line))
      const [rule] = at < 0 ? [] : rules.splice(at, 1)
      return (rule?.answer ?? usual)(request, response)
    })
    return servers.use(server).url
  }

  const disks = Array.from({ length: nodes }, () => new Map<number, Buffer<ArrayBuffer>>())
  const nodeUrls: string[] = []
  for (const [index, disk] of disks.entries())
    nodeUrls.push(await serve(`node${index + 1}`, nodeAnswers(index + 1, disk)))

  const files = new Map<string, FileInfo>()
  const key = 'mog_key'
  const url = await serve('tracker', trackerAnswers({ key, files, nodeUrls }))

  const running = servers.move()
  return {
    url,
    key,
    files,
    disks,
    asked,
    next: (line, answer) => rules.push({ line, answer }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** The nodes that were sent a body, in their order: `node1`, `node2`. */
export const putsOf = ({ asked }: StandIn): string[] =>
  asked.filter((line) => line.includes(' PUT ')).map((line) => line.split(' ')[0] ?? '')
