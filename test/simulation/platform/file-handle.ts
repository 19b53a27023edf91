// A file handle of `node:fs/promises`, over a simulated disk.
import * as calls from '../disk/calls.ts'
import type { Machine, OpenFile } from '../disk/machine.ts'
import { timed } from './timed.ts'

export class FileHandle implements AsyncDisposable {
  readonly fd: number
  readonly #machine: Machine
  readonly #file: OpenFile

  constructor(machine: Machine, fd: number) {
    this.#machine = machine
    this.fd = fd
    this.#file = machine.file(fd)
  }

  read(
    buffer: Buffer,
    offset = 0,
    length = buffer.length - offset,
    position: number | null = null,
  ) {
    return this.#do((file) => {
      const at = position ?? file.position
      const bytesRead = calls.readAt(file, buffer, { offset, length, position: at })
      if (position === null) file.position += bytesRead
      return { bytesRead, buffer }
    })
  }

  write(
    bytes: Uint8Array,
    offset = 0,
    length = bytes.length - offset,
    position: number | null = null,
  ) {
    return this.writev([bytes.subarray(offset, offset + length)], position)
  }

  writev(batch: readonly Uint8Array[], position: number | null = null) {
    const bytes = Buffer.concat(batch)
    return this.#do((file) => {
      const at = position ?? file.position
      calls.writeAt(file, bytes, at)
      if (position === null) file.position += bytes.length
      return { bytesWritten: bytes.length, buffers: batch }
    })
  }

  async writeFile(data: string | Uint8Array): Promise<void> {
    await this.writev([Buffer.from(data)])
  }

  async appendFile(data: string | Uint8Array): Promise<void> {
    await this.writeFile(data)
  }

  readFile(encoding?: BufferEncoding | { encoding?: BufferEncoding }): Promise<Buffer | string> {
    return this.#do((file) => {
      const { node } = file
      const bytes = Buffer.alloc(node.kind === 'file' ? node.bytes : 0)
      calls.readAt(file, bytes, { offset: 0, length: bytes.length, position: 0 })
      const name = typeof encoding === 'string' ? encoding : encoding?.encoding
      return name === undefined ? bytes : bytes.toString(name)
    })
  }

  stat() {
    return this.#do(({ fs, node }) => calls.statsOf(fs.dev, node))
  }

  sync(): Promise<void> {
    return this.#do((file) => calls.sync(file))
  }

  datasync(): Promise<void> {
    return this.#do((file) => calls.sync(file))
  }

  truncate(bytes = 0): Promise<void> {
    return this.#do((file) => calls.truncate(file, bytes))
  }

  /** Not even a disk that hangs keeps a file open. */
  close(): Promise<void> {
    this.#machine.close(this.fd)
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #do<Result>(call: (file: OpenFile) => Result): Promise<Result> {
    return timed(this.#file.fs, () => call(this.#file))
  }
}
