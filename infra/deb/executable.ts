// The agent as one file: its source bundled into one script, and that put into a copy of the Node
// that runs this (a "single executable application"). As a program: writes it where it is told.
import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { threads } from '#agent/disk/threads/start-thread.ts'

const run = promisify(execFile)
const repository = join(import.meta.dirname, '../..')
const postject = join(fileURLToPath(import.meta.resolve('postject')), '../cli.js')
const agent = join(repository, 'storage-agent')

/** Node looks for its script under this name, once the fuse is blown. */
const RESOURCE = 'NODE_SEA_BLOB'
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

/** Writes the executable. Without symbols, where this machine has a `strip`. */
export async function buildExecutable(out: string): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'mog-agent-'))
  try {
    await bundle(join(agent, 'main.ts'), join(dir, 'agent.cjs'))
    const assets: Record<string, string> = {}
    for (const [name, entry] of Object.entries(threads)) {
      assets[name] = join(dir, name)
      await bundle(fileURLToPath(entry()), assets[name])
    }
    const config = {
      main: join(dir, 'agent.cjs'),
      assets,
      output: join(dir, 'agent.blob'),
      disableExperimentalSEAWarning: true,
    }
    await writeFile(join(dir, 'sea.json'), JSON.stringify(config))
    await run(process.execPath, ['--experimental-sea-config', join(dir, 'sea.json')])
    await copyFile(process.execPath, out)
    await stripSymbols(out)
    await run(process.execPath, [postject, out, RESOURCE, config.output, '--sentinel-fuse', FUSE])
    await chmod(out, 0o755)
  } finally {
    await rm(dir, { recursive: true })
  }
}

/** The format takes CommonJS alone, and our names are read by people who look at a stack. */
export const bundle = (entry: string, outfile: string) =>
  build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    keepNames: true,
    sourcemap: 'inline',
    sourcesContent: false,
    logLevel: 'warning',
  })

async function stripSymbols(file: string): Promise<void> {
  try {
    await run('strip', ['--strip-unneeded', file])
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    console.error('strip is not installed: the executable keeps the symbols of Node')
  }
}

if (import.meta.main) {
  const [out] = process.argv.slice(2)
  if (out === undefined) throw new Error('executable.ts FILE')
  await buildExecutable(out)
}
