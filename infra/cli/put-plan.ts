// Which file goes under which key.
import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import type { PutOptions } from '#shared/client/put.ts'
import { UsageError } from './usage-error.ts'

/** What is said of each. */
export type ItemOptions = Pick<
  PutOptions,
  'class' | 'contentType' | 'metadata' | 'ifMatch' | 'ifNoneMatch'
>

export interface PutItem {
  /** `-` is standard input. */
  path: string
  key: string
  /** Unknown of standard input. */
  bytes: number | undefined
}

export interface PutPlan {
  items: PutItem[]
  /** What lies below a directory and is no file: sockets, broken links. */
  strange: string[]
}

/**
 * A file keeps its base name, a file below a directory its path from there; `prefix` goes before
 * either. Of two names the second is a key, unless something on the disk has it.
 */
export async function planPut(
  names: readonly string[],
  prefix: string,
  cwd: string,
): Promise<PutPlan> {
  const [first = '', second = ''] = names
  if (names.includes('-')) return planStdin(names, prefix)
  if (names.length === 2 && (await statOf(resolve(cwd, second))) === undefined)
    return planPair(resolve(cwd, first), `${prefix}${second}`)

  const plan: PutPlan = { items: [], strange: [] }
  for (const name of names) {
    const path = resolve(cwd, name)
    const found = await stat(path)
    if (found.isDirectory()) await addDirectory(plan, path, prefix)
    else plan.items.push({ path, key: `${prefix}${basename(path)}`, bytes: found.size })
  }
  return plan
}

function planStdin(names: readonly string[], prefix: string): PutPlan {
  const [path = '', key] = names
  if (path !== '-' || key === undefined || names.length > 2)
    throw new UsageError('Standard input needs a key of its own', 'Usage: mog put - KEY')
  return { items: [{ path, key: `${prefix}${key}`, bytes: undefined }], strange: [] }
}

async function planPair(path: string, key: string): Promise<PutPlan> {
  const found = await stat(path)
  if (!found.isDirectory()) return { items: [{ path, key, bytes: found.size }], strange: [] }
  throw new UsageError(
    `${path} is a directory, and ${key} is not there`,
    'Keys of a directory begin alike by --prefix: mog put DIRECTORY --prefix photos/',
  )
}

/** Links to files are followed, links to directories are not: they may lead in a circle. */
async function addDirectory(plan: PutPlan, root: string, prefix: string): Promise<void> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
  for (const path of paths.toSorted()) {
    const found = await statOf(path)
    const key = `${prefix}${relative(root, path)}`
    if (found?.isFile() === true) plan.items.push({ path, key, bytes: found.size })
    else plan.strange.push(path)
  }
}

/** Undefined where nothing can be found; who reads it learns why. */
const statOf = (path: string) => stat(path).catch(() => undefined)
