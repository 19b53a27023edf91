// fetch, but that a HEAD keeps its connection to the node: that of Node ends it each time, in case
// that a server sends a body, which agents do not. A close without receipt and a verified path are
// a HEAD, and a connection for each was half of their CPU, here and at the agent (2026-11).
import { Agent, request } from 'undici'

export interface FetchOfNodes extends AsyncDisposable {
  fetch: typeof globalThis.fetch
}

/** Of connections that were kept: ended by the node just as they were used again. */
const STALE: ReadonlySet<unknown> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

export function fetchOfNodes(): FetchOfNodes {
  const dispatcher = new Agent()

  async function head(url: string, init: RequestInit): Promise<Response> {
    const { status, headers } = await headOf(url, init).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && STALE.has(error.code))
        return headOf(url, init)
      throw error
    })
    return new Response(null, { status, headers })
  }

  async function headOf(url: string, init: RequestInit) {
    const { statusCode, headers, body } = await request(url, {
      method: 'HEAD',
      headers: Object.fromEntries(new Headers(init.headers)),
      signal: init.signal ?? null,
      reset: false,
      dispatcher,
    })
    await body.dump()
    return { status: statusCode, headers: fieldsOf(headers) }
  }

  return {
    fetch: (input, init) =>
      init?.method === 'HEAD' && typeof input === 'string'
        ? head(input, init)
        : globalThis.fetch(input, init),
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  }
}

function fieldsOf(headers: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const fields = new Headers()
  for (const [name, values = []] of Object.entries(headers))
    for (const value of [values].flat()) fields.append(name, value)
  return fields
}
