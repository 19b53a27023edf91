// Another node, as an agent pulls copies from it: a real HTTP server with one answer for each path.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export type Answer = (response: ServerResponse, request: IncomingMessage) => void

type Give = (response: ServerResponse, part: Buffer, start: number) => void

export class SourceNode implements AsyncDisposable {
  readonly asked: string[] = []
  /** `PATH START-END` of each request that `servesRanges` answered. */
  readonly ranges: string[] = []
  readonly #answers = new Map<string, Answer>()
  readonly #server = createServer((request, response) => {
    const path = request.url ?? ''
    this.asked.push(path)
    const answer = this.#answers.get(path)
    if (answer === undefined) response.writeHead(404).end()
    else answer(response, request)
  })

  static async start(): Promise<SourceNode> {
    const node = new SourceNode()
    node.#server.listen(0, '127.0.0.1')
    await once(node.#server, 'listening')
    return node
  }

  /** The URL at which these bytes are found from now on. */
  serves(path: string, bytes: Uint8Array): string {
    return this.answers(path, (response) => response.end(bytes))
  }

  /** The same, or the stretch of them that is asked for; `give` sends it, in any way it likes. */
  servesRanges(path: string, bytes: Buffer, give: Give = (response, part) => response.end(part)) {
    return this.answers(path, (response, { headers }) => {
      const [, first = '0', last = ''] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
      const end = last === '' ? bytes.length : Number(last) + 1
      const part = bytes.subarray(Number(first), end)
      const place = `bytes ${first}-${end - 1}/${bytes.length}`
      response.writeHead(headers.range === undefined ? 200 : 206, {
        'content-length': part.length,
        ...(headers.range !== undefined && { 'content-range': place }),
      })
      this.ranges.push(`${path} ${first}-${end}`)
      give(response, part, Number(first))
    })
  }

  answers(path: string, answer: Answer): string {
    this.#answers.set(path, answer)
    return this.urlOf(path)
  }

  urlOf(path: string): string {
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}${path}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}
