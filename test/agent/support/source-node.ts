// Another node, as an agent pulls copies from it: a real HTTP server with one answer for each path.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'

type Answer = (response: ServerResponse) => void

export class SourceNode implements AsyncDisposable {
  readonly asked: string[] = []
  readonly #answers = new Map<string, Answer>()
  readonly #server = createServer((request, response) => {
    const path = request.url ?? ''
    this.asked.push(path)
    const answer = this.#answers.get(path)
    if (answer === undefined) response.writeHead(404).end()
    else answer(response)
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
