// `fetch` of a process of the simulation.
import type { Process } from '../process.ts'

const WITHOUT_BODY = new Set([204, 205, 304])

export const fetchOf = (process: Process): typeof globalThis.fetch =>
  async function simulatedFetch(input, init) {
    const request = new Request(input, init)
    const { method, url, signal } = request
    const body = Buffer.from(await request.arrayBuffer())
    const headers = Object.fromEntries(request.headers)
    const asked = { method, url, headers, body }
    try {
      const answer = await process.network.exchange(process, asked, init?.signal ?? signal)
      const hasBody = method !== 'HEAD' && !WITHOUT_BODY.has(answer.status)
      return new Response(hasBody ? new Uint8Array(answer.body) : null, {
        status: answer.status,
        headers: answer.headers,
      })
    } catch (error) {
      init?.signal?.throwIfAborted()
      throw new TypeError('fetch failed', { cause: error })
    }
  }
