// A small file under its final name, from bytes that the journal holds already: it need not be
// durable yet, nor whole after a crash. Never over another file (I1).
import { closeSync, existsSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { access, mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { performance } from 'node:perf_hooks'
import { codeOf } from './failures.ts'
import type { Lane } from './lane.ts'
import { FILE_MODE } from './layout.ts'
import type { Quickness } from './quickness.ts'

export interface Creation {
  lane: Lane
  /** Of creating files, not of reading them: a disk may be quick at one and slow at the other. */
  quickness: Quickness
}

export async function createFile(
  path: string,
  body: Uint8Array,
  { lane, quickness }: Creation,
): Promise<void> {
  const startedMs = performance.now()
  if (quickness.mayBlock(startedMs)) quickness.measure(startedMs, () => createQuickly(path, body))
  else await lane.run(() => quickness.follow(() => createPatiently(path, body)))
}

export async function isThere(path: string, { lane, quickness }: Creation): Promise<boolean> {
  const startedMs = performance.now()
  if (quickness.mayBlock(startedMs)) return quickness.measure(startedMs, () => existsSync(path))
  try {
    await lane.run(() => quickness.follow(() => access(path)))
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

function createQuickly(path: string, body: Uint8Array): void {
  const fd = openNew(path)
  try {
    for (let done = 0; done < body.length; ) done += writeSync(fd, body, done)
  } finally {
    closeSync(fd)
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', FILE_MODE)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    mkdirSync(dirname(path), { recursive: true })
    return openSync(path, 'wx', FILE_MODE)
  }
}

async function createPatiently(path: string, body: Uint8Array): Promise<void> {
  const options = { flag: 'wx', mode: FILE_MODE }
  try {
    await writeFile(path, body, options)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, body, options)
  }
}
