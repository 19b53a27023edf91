// What the Debian package puts where: a tree of files below a directory, as dpkg-deb takes it.
import { execFile } from 'node:child_process'
import { chmod, copyFile, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const here = import.meta.dirname
const repository = join(here, '../..')
const NAME = 'mogile-edge-agent'
const DOC = `usr/share/doc/${NAME}`

/** What goes in as it is. */
const copied: Readonly<Record<string, string>> = {
  'infra/systemd/mog-agent.service': 'usr/lib/systemd/system/mog-agent.service',
  'infra/deb/sysusers.conf': `usr/lib/sysusers.d/${NAME}.conf`,
  'infra/deb/tmpfiles.conf': `usr/lib/tmpfiles.d/${NAME}.conf`,
  'infra/deb/sysctl.conf': `usr/lib/sysctl.d/50-${NAME}.conf`,
  'infra/deb/lintian-overrides': `usr/share/lintian/overrides/${NAME}`,
  'infra/deb/copyright': `${DOC}/copyright`,
  'infra/nginx/mog-agent.conf': `${DOC}/examples/nginx.conf`,
  'storage-agent/agent.env.example': 'etc/mog-agent/agent.env',
}

const scripts = ['postinst', 'prerm', 'postrm']

/** Of whose code there is some in the executable. */
const licensed = ['undici', 'zod', '@noble/hashes']

export interface Release {
  version: string
  /** As Debian calls it: `amd64`, `arm64`. */
  architecture: string
  executable: string
}

export async function layOut(root: string, release: Release): Promise<void> {
  await mkdir(join(root, 'DEBIAN'), { recursive: true })
  await put(root, 'usr/bin/mog-agent', (to) => cp(release.executable, to))
  await chmod(join(root, 'usr/bin/mog-agent'), 0o755)
  for (const [from, to] of Object.entries(copied))
    await put(root, to, (path) => copyFile(join(repository, from), path))
  await put(root, 'usr/share/man/man8/mog-agent.8.gz', async (to) =>
    writeFile(to, await packed(await readFile(join(here, 'mog-agent.8')))),
  )
  await put(root, `${DOC}/LICENSES.gz`, async (to) => writeFile(to, await packed(await licenses())))
  const changelog = Buffer.from(changelogOf(release.version))
  await put(root, `${DOC}/changelog.gz`, async (to) => writeFile(to, await packed(changelog)))
  for (const script of scripts) {
    await copyFile(join(here, script), join(root, 'DEBIAN', script))
    await chmod(join(root, 'DEBIAN', script), 0o755)
  }
  await writeFile(join(root, 'DEBIAN/conffiles'), '/etc/mog-agent/agent.env\n')
  await writeFile(join(root, 'DEBIAN/control'), await control(root, release))
  await writeFile(join(root, 'DEBIAN/md5sums'), await sums(root))
}

async function put(root: string, to: string, write: (path: string) => Promise<void>) {
  const path = join(root, to)
  await mkdir(dirname(path), { recursive: true })
  await write(path)
  await chmod(path, 0o644)
}

/** The same bytes for the same text: no name and no time in it. */
const packed = (text: Buffer): Promise<Buffer> => promisify(gzip)(text, { level: 9 })

async function licenses(): Promise<Buffer> {
  const beside = join(dirname(process.execPath), '../LICENSE')
  const files = [
    beside,
    ...licensed.map((name) => join(repository, 'node_modules', name, 'LICENSE')),
  ]
  const names = ['Node.js', ...licensed]
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  return Buffer.from(texts.map((text, at) => `== ${names[at]}\n\n${text.trim()}\n`).join('\n'))
}

/** What changed is told in CHANGELOG.md; Debian wants an entry for each release. */
const changelogOf = (version: string) => `${NAME} (${version}) stable; urgency=medium

  * See CHANGELOG.md of mogile-edge ${version}.

 -- mogile-edge <maintainers@mogile-edge.invalid>  Sun, 22 Nov 2026 12:00:00 +0000
`

async function control(root: string, { version, architecture }: Release): Promise<string> {
  const template = await readFile(join(here, 'control'), 'utf8')
  const facts = { version, architecture, kilobytes: String(await kilobytesIn(root)) }
  return template.replaceAll(/\{(\w+)\}/g, (_, name: keyof typeof facts) => facts[name])
}

async function filesIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !path.startsWith('DEBIAN/'))
    .toSorted()
}

async function kilobytesIn(root: string): Promise<number> {
  const sizes = (await filesIn(root)).map(async (path) => (await stat(join(root, path))).size)
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
  return Math.ceil(bytes / 1024)
}

/** Of all but configuration files, which may be changed. */
async function sums(root: string): Promise<string> {
  const paths = (await filesIn(root)).filter((path) => !path.startsWith('etc/'))
  const { stdout } = await promisify(execFile)('md5sum', paths, { cwd: root })
  return stdout
}
