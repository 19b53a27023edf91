// `mog-agent quarantine`: the bytes that were not what they should be, listed or erased by name.
import { DEFAULT_ROOT } from '../config.ts'
import { eraseKept, listKept } from '../disk/kept-aside.ts'
import { UsageError } from '../usage-error.ts'

export async function quarantine(
  [verb, ...paths]: readonly string[],
  values: { root?: string },
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const root = values.root ?? env['MOG_ROOT'] ?? DEFAULT_ROOT
  if (verb === 'ls' && paths.length === 0) await list(root)
  else if (verb === 'erase' && paths.length > 0) await erase(root, paths)
  else throw new UsageError('quarantine takes `ls`, or `erase` and the names that `ls` tells')
}

/** A line each: since when, how many bytes, the name. */
async function list(root: string): Promise<void> {
  let [files, all] = [0, 0]
  for await (const { path, bytes, sinceMs } of listKept(root)) {
    process.stdout.write(`${new Date(sinceMs).toISOString()}\t${bytes}\t${path}\n`)
    files++
    all += bytes
  }
  process.stderr.write(`mog-agent: ${files} files, ${all} bytes\n`)
}

async function erase(root: string, paths: readonly string[]): Promise<void> {
  const absent: string[] = []
  for (const path of paths) if (!(await eraseKept(root, path))) absent.push(path)
  const erased = paths.length - absent.length
  process.stderr.write(`mog-agent: ${erased} erased\n`)
  if (absent.length > 0) throw new Error(`not in quarantine: ${absent.join(' ')}`)
}
