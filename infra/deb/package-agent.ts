// `npm run package:agent [-- --out DIR] [--quick]`: the agent as one executable and as a Debian
// package, for the machine's own architecture. Quick ones are larger.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import manifest from '../../package.json' with { type: 'json' }
import { buildExecutable } from './executable.ts'
import { layOut } from './package-tree.ts'

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

export interface Packaged {
  executable: string
  deb: string
}

export async function packageAgent(out: string, isQuick: boolean): Promise<Packaged> {
  await mkdir(out, { recursive: true })
  const executable = join(out, 'mog-agent')
  await buildExecutable(executable)
  return { executable, deb: await buildPackage(out, executable, isQuick) }
}

/** The Debian package around an executable that is there already. */
export async function buildPackage(
  out: string,
  executable: string,
  isQuick: boolean,
): Promise<string> {
  const architecture = architectures[process.arch]
  if (architecture === undefined) throw new Error(`no Debian package for ${process.arch}`)
  const { version } = manifest
  const deb = join(out, `mogile-edge-agent_${version}_${architecture}.deb`)
  const root = await mkdtemp(join(tmpdir(), 'mogile-edge-agent-'))
  try {
    await layOut(root, { version, architecture, executable })
    const compression = isQuick ? ['-Zgzip', '-z1'] : ['-Zxz']
    const owner = ['--root-owner-group', '--build']
    await promisify(execFile)('dpkg-deb', [...compression, ...owner, root, deb])
  } finally {
    await rm(root, { recursive: true })
  }
  return deb
}

if (import.meta.main) {
  const options = { out: { type: 'string', default: 'dist' }, quick: { type: 'boolean' } } as const
  const { values } = parseArgs({ options })
  const { executable, deb } = await packageAgent(resolve(values.out), values.quick === true)
  console.log(`${executable}\n${deb}`)
}
