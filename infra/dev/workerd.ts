/**
 * The Workers runtime itself on this machine: `workerd serve` on what `wrangler deploy --dry-run`
 * bundles, so that what runs here is what would be uploaded. The bindings travel through the
 * environment of the process, and no secret is written down.
 */
import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import * as z from 'zod'
import { type Exit, startChild } from './child.ts'
import { LOOPBACK } from './loopback.ts'

export interface WorkerdOptions {
  /** Where `bundleWorker` has put the bundle. */
  bundleDir: string
  /** The bundle's own file, as `bundleWorker` returned it, or its path below bundleDir. */
  entry: string
  /** Text bindings: the Worker's environment. */
  bindings: Record<string, string>
  /** Default: a free one. */
  port?: number
  /** The file that gets the output of the Worker and of workerd. */
  log?: string
  /** The wrangler.toml with the compatibility date and flags. Default: the repository's. */
  wranglerToml?: string
}

export interface Workerd extends AsyncDisposable {
  url: string
  pid: number
  /** Resolves when the process is gone, for whatever reason. */
  exited: Promise<Exit>
  stop(): Promise<void>
}

const READY_TIMEOUT_MS = 60_000 // also on a machine that is busy
const STOP_TIMEOUT_MS = 5_000
const BUNDLE_TIMEOUT_MS = 60_000

/** The package that wrangler brings along: its default export is the path of the program. */
const Program = z.object({ default: z.string() })

const repository = resolve(import.meta.dirname, '../..')
const ownToml = join(repository, 'wrangler.toml')
const requireFromWrangler = createRequire(import.meta.resolve('wrangler/package.json'))

/**
 * Bundles the Worker of a wrangler.toml as a deployment would, without account or network.
 * Returns the path of the bundle's entry.
 */
export async function bundleWorker(outDir: string, wranglerToml = ownToml): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'wrangler-home-')) // for its logs and leavings
  const wrangler = join(dirname(requireFromWrangler.resolve('wrangler/package.json')), 'bin')
  try {
    await promisify(execFile)(
      process.execPath,
      [join(wrangler, 'wrangler.js'), 'deploy', '--dry-run', '--outdir', resolve(outDir)],
      {
        cwd: dirname(wranglerToml),
        timeout: BUNDLE_TIMEOUT_MS,
        env: {
          ...process.env,
          HOME: home,
          XDG_CONFIG_HOME: home,
          TMPDIR: home,
          WRANGLER_SEND_METRICS: 'false',
          CLOUDFLARE_CF_FETCH_ENABLED: 'false',
          CI: 'true', // ask nothing
        },
      },
    )
  } finally {
    await rm(home, { recursive: true, force: true })
  }
  const { main } = await readToml(wranglerToml)
  return join(resolve(outDir), `${basename(main, extname(main))}.js`)
}

/** Serves a bundle. Ready when the Worker has answered a request, whatever it said. */
export async function startWorkerd(options: WorkerdOptions): Promise<Workerd> {
  const config = await writeConfig(options)
  const child = await startChild({
    name: 'workerd',
    command: Program.parse(requireFromWrangler('workerd')).default,
    args: [
      'serve',
      '--control-fd=1',
      `--socket-addr=http=${LOOPBACK}:${options.port ?? 0}`,
      config,
    ],
    env: options.bindings,
    ...(options.log !== undefined && { logFile: options.log }),
    stopTimeoutMs: STOP_TIMEOUT_MS,
    ready: portIn,
    readyTimeoutMs: READY_TIMEOUT_MS,
  })
  const url = `http://${LOOPBACK}:${child.ready}`
  const stop = async () => void (await child.stop())
  try {
    const signal = AbortSignal.timeout(READY_TIMEOUT_MS)
    await (await fetch(url, { redirect: 'manual', signal })).body?.cancel()
  } catch (failure) {
    await stop()
    throw new Error(`workerd does not answer. Its last lines:\n${child.tail()}`, { cause: failure })
  }
  return { url, pid: child.pid, exited: child.exited, stop, [Symbol.asyncDispose]: stop }
}

/** workerd's control channel: {"event":"listen","socket":"http","port":38219}. */
function portIn(line: string): number | undefined {
  const port = /^\{"event":"listen","socket":"http","port":(\d+)\}$/.exec(line)?.[1]
  return port === undefined ? undefined : Number(port)
}

/** Beside the bundle, since workerd embeds files by their path from there. Named by its text. */
async function writeConfig({
  bundleDir,
  entry,
  bindings,
  wranglerToml = ownToml,
}: WorkerdOptions): Promise<string> {
  const { date, flags } = await readToml(wranglerToml)
  const dir = resolve(bundleDir)
  const text = capnp({
    entry: relative(dir, resolve(dir, entry)),
    date,
    flags,
    names: Object.keys(bindings),
  })
  const file = join(dir, `workerd-${hash('sha256', text).slice(0, 12)}.capnp`)
  await writeFile(`${file}.${process.pid}`, text)
  await rename(`${file}.${process.pid}`, file)
  return file
}

const quote = (text: string) => JSON.stringify(text)

const binding = (name: string) => `(name = ${quote(name)}, fromEnvironment = ${quote(name)})`

const capnp = (worker: { entry: string; date: string; flags: string[]; names: string[] }) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = (
      modules = [(name = ${quote(worker.entry)}, esModule = embed ${quote(worker.entry)})],
      compatibilityDate = ${quote(worker.date)},
      compatibilityFlags = [${worker.flags.map(quote).join(', ')}],
      bindings = [${worker.names.map(binding).join(', ')}],
      globalOutbound = "network",
    )),
    (name = "network", network = (
      allow = ["public", "private"], # the database's stand-in and the agents are on loopback
      tlsOptions = (trustBrowserCas = true),
    )),
  ],
  sockets = [(name = "http", http = (), service = "worker")],
);
`

/** Of a wrangler.toml, what decides how a bundle runs: three lines, and no parser for them. */
async function readToml(file: string): Promise<{ main: string; date: string; flags: string[] }> {
  const text = await readFile(file, 'utf8')
  const line = (pattern: RegExp) => pattern.exec(text)?.[1] ?? ''
  const main = line(/^main\s*=\s*"([^"]+)"/m)
  const date = line(/^compatibility_date\s*=\s*"([^"]+)"/m)
  if (main === '' || date === '') throw new Error(`${file} lacks main or compatibility_date`)
  const flags = line(/^compatibility_flags\s*=\s*\[([^\]]*)\]/m).match(/(?<=")[^",\s]+(?=")/g)
  return { main, date, flags: flags ?? [] }
}
