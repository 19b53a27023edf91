// `undici` for simulated processes, as far as agents use it: requests over the simulated network.
import { Readable } from 'node:stream'
import { NetworkError } from '../network/exchange.ts'
import { here } from '../process.ts'

interface Patience {
  headersTimeout?: number
  bodyTimeout?: number
}

export class Agent implements AsyncDisposable {
  readonly headersTimeout: number

  constructor({ headersTimeout = 300_000 }: Patience = {}) {
    this.headersTimeout = headersTimeout
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  destroy(): Promise<void> {
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve()
  }
}

interface RequestOptions {
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  dispatcher?: Agent
  signal?: AbortSignal | null
}

const PIECE_BYTES = 16_384

export async function request(url: string, options: RequestOptions = {}) {
  const { method = 'GET', headers = {}, body = '', dispatcher, signal } = options
  const process = here()
  const late = new AbortController()
  const patience = process.after(dispatcher?.headersTimeout ?? 300_000, () =>
    late.abort(new NetworkError('UND_ERR_HEADERS_TIMEOUT', url)),
  )
  const asked = { method, url, headers, body: Buffer.from(body) }
  const signals = signal === null || signal === undefined ? [late.signal] : [late.signal, signal]
  try {
    const answer = await process.network.exchange(process, asked, AbortSignal.any(signals))
    return {
      statusCode: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: bodyOf(answer.body),
    }
  } finally {
    patience.cancel()
  }
}

function bodyOf(bytes: Buffer) {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += PIECE_BYTES)
    pieces.push(bytes.subarray(at, at + PIECE_BYTES))
  const text = () => Promise.resolve(bytes.toString('utf8'))
  const json = () => Promise.resolve<unknown>(JSON.parse(bytes.toString('utf8')))
  return Object.assign(Readable.from(pieces), { text, json, dump: () => Promise.resolve() })
}
