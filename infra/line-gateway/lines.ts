// Bytes as they come, cut into lines. A line ends with LF, or CRLF; what it says may be any bytes,
// so they are kept as Latin-1, one character a byte. Of a line's beginning no more is kept than
// the longest line has.

const LF = 0x0a
const CR = 0x0d
const FIRST_BYTES = 256

export class LineSplitter {
  readonly #maxBytes: number
  #kept: Buffer | undefined
  #bytes = 0
  #overflown = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** A line was longer than may be: nothing after it is read. */
  get overflown(): boolean {
    return this.#overflown
  }

  /** A line has begun and has not ended. */
  get hasPart(): boolean {
    return this.#bytes > 0
  }

  /** The lines that end in this chunk, without their ends. */
  push(chunk: Buffer): string[] {
    const lines: string[] = []
    let from = 0
    while (!this.#overflown) {
      const end = chunk.indexOf(LF, from)
      const part = chunk.subarray(from, end < 0 ? chunk.length : end)
      if (this.#bytes + part.length > this.#maxBytes) this.#overflow()
      else if (end < 0) this.#keep(part)
      else lines.push(this.#finish(part))
      if (end < 0) break
      from = end + 1
    }
    return lines
  }

  #finish(part: Buffer): string {
    if (this.#bytes === 0) return textOf(part)
    this.#keep(part)
    const line = textOf((this.#kept ?? part).subarray(0, this.#bytes))
    this.#kept = undefined
    this.#bytes = 0
    return line
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return
    const needed = this.#bytes + part.length
    if (this.#kept === undefined || this.#kept.length < needed) {
      const room = Math.min(Math.max(needed * 2, FIRST_BYTES), this.#maxBytes)
      const grown = Buffer.allocUnsafeSlow(room) // not a corner of a pool that it would hold
      this.#kept?.copy(grown, 0, 0, this.#bytes)
      this.#kept = grown
    }
    part.copy(this.#kept, this.#bytes)
    this.#bytes = needed
  }

  #overflow(): void {
    this.#overflown = true
    this.#kept = undefined
    this.#bytes = 0
  }
}

function textOf(bytes: Buffer): string {
  const end = bytes.at(-1) === CR ? bytes.length - 1 : bytes.length
  return bytes.toString('latin1', 0, end)
}
