// Makes the files durable that a journal stands for, so that it may forget them.
import { open } from 'node:fs/promises'
import { codeOf } from '../failures.ts'
import { directoriesOf } from '../layout.ts'
import { settleDevice } from './settle-device.ts'

/** Below this many files one by one is quicker, and asks nothing of others on the same disk. */
const FEW = 512

/** `files`: below the root. */
export async function settleFiles(root: string, files: readonly string[]): Promise<void> {
  if (files.length > FEW) return settleDevice(root)
  const directories = new Set(files.flatMap((file) => directoriesOf(file)))
  for (const path of [...files, ...directories]) await syncIfThere(root + path)
}

async function syncIfThere(path: string): Promise<void> {
  try {
    await using file = await open(path, 'r')
    await file.sync()
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error // erased since: its job saw to that
  }
}
