// A client of the simulation: the real SDK, and a history of what it did and saw.
import type { DomainClient } from '#shared/client/domain.ts'
import { Refusal } from '#shared/client/refusal.ts'
import type { TrashedFile } from '#shared/wire/trash.ts'
import type { History, Write } from '../history.ts'
import { Process } from '../process.ts'
import type { Stage } from '../stage.ts'
import { readVerified, sumOf } from './read-verified.ts'

type DomainOf = (process: Process, onAsk: () => void) => DomainClient

export class Client {
  readonly #process: Process
  readonly #domainOf: DomainOf
  readonly #history: History
  readonly #nowMs: () => number
  #puts = 0

  constructor(
    name: string,
    { timeline, network, random }: Stage,
    history: History,
    domainOf: DomainOf,
  ) {
    this.#process = new Process(name, { timeline, network, random })
    this.#domainOf = domainOf
    this.#history = history
    this.#nowMs = () => timeline.nowMs
  }

  put(key: string, bytes: number, className: string): Promise<void> {
    const content = this.#newContent(bytes)
    return this.#write('put', key, sumOf(content), async (files) => {
      const { fid } = await files.put(key, content, { class: className })
      return fid
    })
  }

  delete(key: string): Promise<void> {
    return this.#write('delete', key, undefined, async (files) => {
      await files.delete(key)
      return undefined
    })
  }

  /** Two writes: one key ends, the other gets what it had. */
  async rename(from: string, to: string): Promise<void> {
    if (from === to) return
    const source = this.#begin('rename', from, undefined)
    const target = this.#begin('rename', to, undefined)
    target.isUnknown = true
    await this.#try('rename', async (files, asked) => {
      const { checksum, fid } = await files.rename(from, to)
      const done = { endedMs: this.#nowMs(), mayRepeat: asked() > 1 }
      Object.assign(source, done)
      Object.assign(target, done, { value: checksum, fid, isUnknown: false })
    })
  }

  /** Has back what lies in the trash, the nth of it. */
  async restore(nth: number): Promise<void> {
    await this.#try('restore', async (files, asked) => {
      const trashed: TrashedFile[] = []
      for await (const each of files.trash.list()) trashed.push(each)
      const file = trashed[nth % trashed.length]
      if (file === undefined) return
      const { key, fid, checksum } = file
      const write = this.#begin('restore', key, checksum)
      const before = asked()
      await files.trash.restore(fid)
      Object.assign(write, { endedMs: this.#nowMs(), mayRepeat: asked() - before > 1, fid })
    })
  }

  get(key: string): Promise<void> {
    const beganMs = this.#nowMs()
    return this.#try('get', async (files) => {
      const value = await this.#valueOf(files, key)
      const [client, endedMs] = [this.#process.name, this.#nowMs()]
      this.#history.saw({ client, key, verb: 'get', value, beganMs, endedMs })
    })
  }

  /** What a list does not name was not there. */
  list(keys: readonly string[]): Promise<void> {
    const beganMs = this.#nowMs()
    return this.#try('list', async (files) => {
      const seen = new Map<string, string>()
      for await (const page of files.list())
        for (const { key, checksum } of page.files) seen.set(key, checksum)
      const [client, endedMs] = [this.#process.name, this.#nowMs()]
      for (const key of keys)
        this.#history.saw({ client, key, verb: 'list', value: seen.get(key), beganMs, endedMs })
    })
  }

  async #valueOf(files: DomainClient, key: string): Promise<string | undefined> {
    try {
      return await readVerified(files, key, (fid) => this.#history.damaged.add(fid))
    } catch (error) {
      if (error instanceof Refusal && error.code === 'unknown_key') return undefined
      throw error
    }
  }

  #begin(verb: Write['verb'], key: string, value: string | undefined): Write {
    const [client, beganMs] = [this.#process.name, this.#nowMs()]
    return this.#history.begin({ client, verb, key, value, beganMs })
  }

  async #write(
    verb: 'put' | 'delete',
    key: string,
    value: string | undefined,
    work: (files: DomainClient) => Promise<number | undefined>,
  ): Promise<void> {
    const write = this.#begin(verb, key, value)
    await this.#try(verb, async (files, asked) => {
      const fid = await work(files)
      // a close that comes twice changes nothing
      const mayRepeat = verb === 'delete' && asked() > 1
      Object.assign(write, { endedMs: this.#nowMs(), mayRepeat, fid })
    })
  }

  async #try(
    verb: string,
    work: (files: DomainClient, asked: () => number) => Promise<void>,
  ): Promise<void> {
    let asked = 0
    const files = this.#domainOf(this.#process, () => {
      asked++
    })
    try {
      await this.#process.run(() => work(files, () => asked))
    } catch (error) {
      const code = error instanceof Refusal ? error.code : String(error).slice(0, 40)
      this.#history.failed(`${verb}: ${code}`)
    }
  }

  /** No two are alike, so that what is read names the write that it comes from. */
  #newContent(bytes: number): Uint8Array<ArrayBuffer> {
    const name = Buffer.from(`${this.#process.name}/${this.#puts++}.`)
    const content = new Uint8Array(Math.max(bytes, name.length))
    for (let at = 0; at < content.length; at += 1_000) content[at] = at % 251
    content.set(name)
    return content
  }
}
