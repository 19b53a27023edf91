// Asks one node for a copy, from a byte on.
import type { Copy } from './copies.ts'
import { exchange, type Wire } from './exchange.ts'
import { READ_STALL_MS } from './limits.ts'
import { refuse } from './refusal.ts'
import { type Watchdog, watchdog } from './watchdog.ts'

export interface OpenCopy {
  copy: Copy
  response: Response
  /** To be awake while the body is waited for. */
  dog: Watchdog
}

/** Byte positions, both inclusive as in HTTP; without `last` to the end. */
export interface ByteRange {
  first: number
  last?: number | undefined
}

export async function openCopy(
  { fetch, clock }: Wire,
  copy: Copy,
  range: ByteRange | undefined,
  signal?: AbortSignal,
): Promise<OpenCopy> {
  const headers = new Headers(range && { range: `bytes=${range.first}-${range.last ?? ''}` })
  const dog = watchdog(READ_STALL_MS, clock, signal)
  const response = await exchange({ fetch, clock }, copy.url, { headers }, dog, (answer) => answer)
  if (response.status === (range === undefined ? 200 : 206)) return { copy, response, dog }

  await response.body?.cancel()
  const asked = range === undefined ? 'the whole' : 'a part'
  const detail = `A node was asked for ${asked} and answered ${response.status}`
  throw refuse('no_readable_replica', detail, { retry: 'elsewhere' })
}
