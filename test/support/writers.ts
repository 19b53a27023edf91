// Clients that store file after file while something is being killed, and remember what they were
// told: of that nothing may be lost. What failed may be there or not.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { DomainClient } from '#shared/client/domain.ts'
import { expectAll, expectFile } from './many-files.ts'
import { untilTrue } from './until-true.ts'

const AT_ONCE = 8
/** Under and over what goes through a device's journal. */
const SIZES = [900, 30_000, 150_000]

export class Writers implements AsyncDisposable {
  readonly acknowledged = new Map<string, Buffer<ArrayBuffer>>()
  readonly failures: unknown[] = []
  readonly #files: DomainClient
  readonly #prefix: string
  readonly #working: Promise<unknown>
  /** Of the one key that is stored again and again; and which of them was acknowledged last. */
  readonly #versions: Buffer<ArrayBuffer>[] = []
  #lastVersion = -1
  #isOver = false

  constructor(files: DomainClient, prefix: string) {
    this.#files = files
    this.#prefix = prefix
    const each = Array.from({ length: AT_ONCE }, (_, n) => this.#storeMany(n))
    this.#working = Promise.all([...each, this.#overwrite()])
  }

  /** Until so many more were acknowledged. */
  async untilMore(count: number): Promise<void> {
    const enough = this.acknowledged.size + count
    const isEnough = () => this.acknowledged.size >= enough
    await untilTrue(isEnough, `${count} more files are stored`)
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#working
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async expectNothingLost(): Promise<void> {
    await expectAll(this.#files, this.acknowledged)
    const { bytes } = await this.#files.stat(this.#overwritten)
    const notOlder = this.#versions.slice(Math.max(this.#lastVersion, 0))
    const found = notOlder.find((version) => version.length === bytes)
    assert.ok(found !== undefined, `${bytes} bytes: not the last version, nor one begun after it`)
    await expectFile(this.#files, this.#overwritten, found)
  }

  get #overwritten(): string {
    return `${this.#prefix}/overwritten`
  }

  async #storeMany(writer: number): Promise<void> {
    for (let n = 0; !this.#isOver; n++) {
      const key = `${this.#prefix}/${writer}/${n}`
      const content = randomBytes(SIZES[n % SIZES.length] ?? 0)
      if (await this.#store(key, content)) this.acknowledged.set(key, content)
    }
  }

  /** One after the other, each longer than the one before: its size tells which it is. */
  async #overwrite(): Promise<void> {
    while (!this.#isOver) {
      const content = randomBytes(1_000 + this.#versions.length)
      const version = this.#versions.push(content) - 1
      if (await this.#store(this.#overwritten, content)) this.#lastVersion = version
    }
  }

  async #store(key: string, content: Buffer<ArrayBuffer>): Promise<boolean> {
    try {
      await this.#files.put(key, content)
      return true
    } catch (error) {
      this.failures.push(error)
      return false
    }
  }
}
