// `mog` as a test calls it: in this process, with streams that are kept.
import { Readable, Writable } from 'node:stream'
import { runMog } from '#infra/cli/run-mog.ts'
import type { StandIn } from '#test/client/stand-in.ts'

export interface Around {
  cwd: string
  /** Its tracker and key are in the environment. */
  world?: StandIn
  env?: Record<string, string>
  stdin?: Readable
  isTTY?: boolean
  signal?: AbortSignal
}

export interface Said {
  code: number
  out: string
  err: string
  bytes: Buffer
}

export async function mog(args: readonly string[], around: Around): Promise<Said> {
  const { cwd, world, env = {}, stdin = Readable.from([]), isTTY = false } = around
  const [out, err] = [new Kept(isTTY), new Kept(isTTY)]
  const known = world && { MOG_URL: world.url, MOG_KEY: world.key, MOG_DOMAIN: 'demo' }
  const code = await runMog(args, {
    stdin,
    stdout: out,
    stderr: err,
    env: { ...known, ...env },
    cwd,
    signal: around.signal ?? new AbortController().signal,
  })
  return { code, out: out.text(), err: err.text(), bytes: out.bytes() }
}

/** What was written to a terminal, or to a file. */
class Kept extends Writable {
  readonly isTTY: boolean
  readonly columns = 100
  readonly #chunks: Buffer[] = []

  constructor(isTTY: boolean) {
    super()
    this.isTTY = isTTY
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.#chunks.push(Buffer.from(chunk))
    done()
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  text(): string {
    return this.bytes().toString()
  }
}
