// A wire between two parts that a test can cut: what is on it then stands still, and who connects
// meanwhile hears nothing, as in a network that loses every packet. Healed, the old ones are reset.
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { LOOPBACK, listenOnLoopback } from '#infra/dev/loopback.ts'

export class Link implements AsyncDisposable {
  readonly #server: Server
  readonly #target: URL
  readonly #open = new Set<Socket>()
  #isCut = false
  #limit: { left: number; happens: 'cut' | 'reset' | 'close' } | undefined
  /** The target's URL, by way of this link. */
  url = ''

  /** To where a URL of any scheme points. */
  static async to(url: string): Promise<Link> {
    const link = new Link(new URL(url))
    const via = new URL(url)
    via.host = `${LOOPBACK}:${await listenOnLoopback(link.#server)}`
    link.url = via.href.replace(/\/$/, url.endsWith('/') ? '/' : '')
    return link
  }

  private constructor(target: URL) {
    this.#target = target
    this.#server = createServer({ allowHalfOpen: true }, (near) => this.#join(near))
  }

  get isCut(): boolean {
    return this.#isCut
  }

  /** The next so many bytes reach the target, and then this happens. */
  after(bytes: number, happens: 'cut' | 'reset' | 'close'): void {
    this.#limit = { left: bytes, happens }
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#open) socket.pause()
  }

  heal(): void {
    this.#isCut = false
    this.reset()
  }

  reset(): void {
    for (const socket of this.#open) socket.destroy()
  }

  /** Whoever connects from now on is refused. */
  close(): void {
    this.#server.close()
    this.reset()
  }

  #join(near: Socket): void {
    const { hostname, port } = this.#target
    if (this.#isCut) {
      this.#keep(near)
      return
    }
    const far = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#keep(from)
      from.on('data', (chunk: Buffer) => {
        if (!to.write(chunk)) from.pause()
        if (from === near) this.#count(chunk.length)
      })
      to.on('drain', () => {
        if (!this.#isCut) from.resume()
      })
      from.once('end', () => to.end())
      from.once('close', () => to.destroy())
    }
  }

  #count(bytes: number): void {
    if (this.#limit === undefined) return
    this.#limit.left -= bytes
    if (this.#limit.left > 0) return
    const { happens } = this.#limit
    this.#limit = undefined
    this[happens]()
  }

  #keep(socket: Socket): void {
    this.#open.add(socket)
    socket.on('error', () => undefined) // its end follows, and is passed on
    socket.once('close', () => this.#open.delete(socket))
    if (this.#isCut) socket.pause()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined
    this.close()
    await closed
  }
}
