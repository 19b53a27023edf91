// A small file under its final name, from bytes that the journal holds already: it need not be
// durable yet, nor whole after a crash. Never over another file (I1). Synchronous, for a thread
// that does nothing else: three times as quick as to hand each call to libuv's pool.
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from './failures.ts'

export function createFile(path: string, body: Uint8Array, mode: number): void {
  const fd = openNew(path, mode)
  try {
    for (let done = 0; done < body.length; ) done += writeSync(fd, body, done)
  } finally {
    closeSync(fd)
  }
}

function openNew(path: string, mode: number): number {
  try {
    return openSync(path, 'wx', mode)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    mkdirSync(dirname(path), { recursive: true })
    return openSync(path, 'wx', mode)
  }
}
