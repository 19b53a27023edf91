// A host with a scratch share, and requests to it as its users make them.
import { tempDir } from '#test/support/temp-dir.ts'
import { type Host, startHost } from '../../support/host.ts'

export const PASSWORD = 'sixteen-or-more-letters'

export interface TestShare extends AsyncDisposable {
  host: Host
  /** The share's directory on the disk. */
  root: string
  /** With a slash at its end. */
  url: string
  ask: (method: string, path: string, options?: Ask) => Promise<Response>
}

interface Ask {
  headers?: Record<string, string>
  body?: string | Uint8Array<ArrayBuffer>
}

export async function startShare(): Promise<TestShare> {
  await using stack = new AsyncDisposableStack()
  const { path: root } = stack.use(await tempDir())
  const host = stack.use(await startHost({ scratch: { root, password: PASSWORD } }))
  const authorization = `Basic ${Buffer.from(`any:${PASSWORD}`).toString('base64')}`
  const owned = stack.move()
  return {
    host,
    root,
    get url() {
      return `${host.agent.url}/scratch/`
    },
    ask: (method, path, { headers = {}, ...options } = {}) =>
      fetch(`${host.agent.url}/scratch/${path}`, {
        method,
        headers: { authorization, ...headers },
        ...options,
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
