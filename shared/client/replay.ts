// A stream that can be read from its start more than once, while it has not given too much.
import { assert } from '../assert.ts'

/** `next` gives the newest reader; those before it are out. The stream is never cancelled. */
export function replay(stream: ReadableStream<Uint8Array>, maxBytes: number) {
  const source = stream.getReader()
  const kept: Uint8Array[] = [] // everything since the start, until the start is given up
  let bytes = 0
  let hasEnded = false
  let isSpent = false
  let newest = 0

  const read = async () => {
    const { value } = await source.read()
    if (value === undefined) hasEnded = true
    else kept.push(value)
    bytes += value?.byteLength ?? 0
  }

  const next = (): ReadableStream<Uint8Array> => {
    assert(!isSpent, 'a spent stream has no beginning')
    const reader = ++newest
    let at = 0
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      // what an older reader asked for comes first, and is kept like all the rest
      if (at === kept.length && !hasEnded) await read()
      if (reader !== newest) return controller.error(new Error('another reader took over'))

      const chunk = kept[at]
      if (chunk === undefined) return controller.close()
      controller.enqueue(chunk)
      at += 1
      if (bytes <= maxBytes) return
      isSpent = true
      kept.splice(0, at)
      at = 0
    }
    return new ReadableStream({ pull }, { highWaterMark: 0 })
  }
  return { next, isSpent: () => isSpent }
}
