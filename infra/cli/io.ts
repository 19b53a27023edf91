// The process around a command: its streams, its environment, and ^C as a signal.
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

export interface Output extends Writable {
  isTTY?: boolean
  columns?: number
}

export interface Io {
  stdin: Readable
  stdout: Output
  stderr: Output
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  signal: AbortSignal
}

/** Waits for a slow reader: a listing of millions must not pile up in memory. */
export async function write(output: Output, text: string | Uint8Array): Promise<void> {
  if (!output.write(text)) await once(output, 'drain')
}
