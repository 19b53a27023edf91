// What a local cluster keeps in its state folder: secrets, made once, and the description of what
// runs now (`cluster.json`), which scripts and the CLI read. All of it is for its owner alone.
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { newSecret } from '#shared/mac.ts'

const Secrets = z.object({
  trackerSecret: z.string().min(32),
  adminKey: z.string(),
  clientKey: z.string(),
})
export type Secrets = z.infer<typeof Secrets>

/** `cluster.json`: its shape is relied on by scripts. */
export const ClusterDescription = z.object({
  trackerUrl: z.string(),
  adminKey: z.string(),
  clientKey: z.string(),
  domain: z.string(),
  databaseUrl: z.string(),
  agents: z.array(
    z.object({
      host: z.string(),
      url: z.string(),
      pid: z.int(),
      root: z.string(),
      devices: z.array(z.object({ deviceId: z.int(), path: z.string() })),
    }),
  ),
  trackerPid: z.int(),
})
export type ClusterDescription = z.infer<typeof ClusterDescription>

/** What an operator can mend: shown without a stack, with the next step. */
export class ClusterError extends Error {
  override name = 'ClusterError'
}

export interface ClusterState extends AsyncDisposable {
  dir: string
  secrets: Secrets
  path(...parts: string[]): string
  describe(description: ClusterDescription): Promise<void>
}

/** Takes the folder for this process, `anew` empty. A second cluster in it is refused. */
export async function openClusterState(dir: string, anew = false): Promise<ClusterState> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const path = (...parts: string[]) => join(dir, ...parts)
  await takeLock(path(LOCK))
  if (anew) await empty(dir)
  const description = path('cluster.json')
  await rm(description, { force: true }) // an earlier life's
  return {
    dir,
    path,
    secrets: await readSecrets(path('secrets.json')),
    describe: (value) => writePrivately(description, value),
    async [Symbol.asyncDispose]() {
      await rm(description, { force: true })
      await rm(path(LOCK), { force: true })
    },
  }
}

const LOCK = 'pid'

async function empty(dir: string): Promise<void> {
  // what an earlier life had started may still be on its way out
  const patience = { maxRetries: 20, retryDelay: 50 }
  for (const name of await readdir(dir))
    if (name !== LOCK) await rm(join(dir, name), { recursive: true, force: true, ...patience })
}

async function takeLock(file: string): Promise<void> {
  const holder = Number(await readFile(file, 'utf8').catch(() => ''))
  if (holder > 0 && holder !== process.pid && (await runsACluster(holder)))
    throw new ClusterError(
      `a cluster (pid ${holder}) uses this state folder already: stop it, or give another --state`,
    )
  await writeFile(file, String(process.pid), { mode: 0o600 })
}

/** A number alone may have been given to another program since. */
const runsACluster = async (pid: number) =>
  (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes('infra/dev/')

async function readSecrets(file: string): Promise<Secrets> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) {
    const secrets = {
      trackerSecret: randomBytes(32).toString('base64url'),
      adminKey: newSecret('mog'),
      clientKey: newSecret('mog'),
    }
    await writePrivately(file, secrets)
    return secrets
  }
  const parsed = Secrets.safeParse(safeJson(text))
  if (parsed.success) return parsed.data
  throw new ClusterError(
    `${file} is damaged, and the cluster cannot be opened without it: ` +
      'put it back, or start anew with another --state',
  )
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the schema refuses it
  }
}

async function writePrivately(file: string, value: unknown): Promise<void> {
  const fresh = `${file}.${process.pid}`
  await writeFile(fresh, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  await rename(fresh, file)
}
