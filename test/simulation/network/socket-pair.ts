// Two ends of a connection that exists in memory alone, as far as Node's HTTP looks at a socket.
import { Duplex } from 'node:stream'

export class MemorySocket extends Duplex {
  readonly remoteAddress = '127.0.0.1'
  readonly remotePort = 1
  readonly encrypted = false
  readonly connecting = false
  #other: MemorySocket | undefined

  static pair(): [MemorySocket, MemorySocket] {
    const [one, other] = [new MemorySocket(), new MemorySocket()]
    one.#other = other
    other.#other = one
    return [one, other]
  }

  /** Timeouts are the simulation's own. */
  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  destroySoon(): void {
    if (this.writableFinished) this.destroy()
    else this.end(() => this.destroy())
  }

  override _read(): void {
    // what is written to the other end is pushed at once
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#other?.push(chunk)
    done()
  }

  override _final(done: () => void): void {
    this.#other?.push(null)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const other = this.#other
    this.#other = undefined
    if (other !== undefined && !other.destroyed) process.nextTick(() => other.destroy())
    done(error)
  }
}
