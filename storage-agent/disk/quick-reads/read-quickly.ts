// Little of a file by four synchronous calls: all of a small one, or one small range of a larger.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { type ByteRange, parseRanges } from '../../byte-range.ts'
import { ANSWER_HEAD_BYTES, SMALL_BODY_BYTES } from '../../limits.ts'
import type { Found, ReadOrder } from './messages.ts'

export function readQuickly({ path, range, memory }: ReadOrder): Found {
  const fd = openSync(path, 'r')
  try {
    const { size: bytes, mtimeMs: modifiedMs } = fstatSync(fd)
    const part = memory === undefined ? { start: 0, end: 0 } : smallPart(bytes, range)
    const length = part && fill(fd, part, memory)
    return { bytes, modifiedMs, length }
  } finally {
    closeSync(fd)
  }
}

function smallPart(bytes: number, range: string | undefined): ByteRange | undefined {
  if (bytes <= SMALL_BODY_BYTES) return { start: 0, end: bytes }
  const [only, ...others] = parseRanges(range, bytes) ?? []
  if (only === undefined || others.length > 0) return undefined
  return only.end - only.start > SMALL_BODY_BYTES ? undefined : only
}

function fill(fd: number, { start, end }: ByteRange, memory: ArrayBuffer | undefined): number {
  if (memory === undefined || start === end) return 0
  const into = new Uint8Array(memory, ANSWER_HEAD_BYTES, end - start)
  const length = readSync(fd, into, 0, into.length, start)
  if (length < into.length) throw new Error(`a file ended at ${start + length}, before ${end}`)
  return length
}
