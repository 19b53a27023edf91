// The real input of the demo: the files of any directory, by default some hundreds of those that
// are installed here anyway, hashed once so that every later byte can be held against them.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { ClusterError } from './cluster-state.ts'

export interface DemoFile {
  path: string
  key: string
  bytes: number
  checksum: string
}

const MAX_FILES = 400
const MAX_FILE_BYTES = 64 * 1024 * 1024
const installed = resolve(import.meta.dirname, '../../node_modules')

export async function demoFiles(directory = installed): Promise<DemoFile[]> {
  const root = resolve(directory)
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      throw new ClusterError(`${root} cannot be read: give a directory with files`, {
        cause: error,
      })
    },
  )
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  const files: DemoFile[] = []
  for (const path of spread(paths.toSorted(), MAX_FILES)) {
    const content = await readFile(path)
    if (content.length > MAX_FILE_BYTES) continue
    const checksum = `SHA-256:${createHash('sha256').update(content).digest('hex')}`
    files.push({ path, key: `demo/${relative(root, path)}`, bytes: content.length, checksum })
  }
  if (files.length === 0) throw new ClusterError(`there is no file in ${root}`)
  return files
}

/** At most so many of them, from all over the list. */
const spread = <Item>(items: readonly Item[], most: number): Item[] => {
  const step = Math.max(1, items.length / most)
  return Array.from(
    { length: Math.min(most, items.length) },
    (_, at) => items[Math.floor(at * step)],
  ).filter((item) => item !== undefined)
}
