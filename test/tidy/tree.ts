// Reads the tree that the rules look at: what git tracks and what it would, were it added.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Tree } from './rule.ts'

const run = promisify(execFile)
const repository = resolve(import.meta.dirname, '../..')

export async function readTree(): Promise<Tree> {
  const listing = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const { stdout } = await run('git', listing, { cwd: repository })
  const paths = stdout.split('\0').filter((path) => path !== '' && path !== 'package-lock.json')
  const present = [...new Set(paths)].filter((path) => existsSync(join(repository, path)))
  const entries = present.toSorted().map(async (path) => {
    return [path, await readFile(join(repository, path), 'utf8')] as const
  })
  return new Map(await Promise.all(entries))
}
