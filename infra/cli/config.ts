// Which cluster, and as whom: by flags, else by the environment, else the cluster that runs here.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import type { AdminClient } from '#shared/client/admin.ts'
import { connect } from '#shared/client/connect.ts'
import type { DomainClient } from '#shared/client/domain.ts'
import type { Io } from './io.ts'
import { isSystemError } from './system-error.ts'
import { UsageError } from './usage-error.ts'

/** The options of every verb, as they were given. */
export const Flags = z.object({
  url: z.string().optional(),
  key: z.string().optional(),
  domain: z.string().optional(),
  json: z.boolean().default(false),
  help: z.boolean().default(false),
})
export type Flags = z.infer<typeof Flags>

export interface Config {
  urls: readonly string[]
  clientKey: string | undefined
  adminKey: string | undefined
  domain: string | undefined
}

/** What `npm start` leaves for others to find. */
const CLUSTER_FILE = '.mogile/cluster.json'
const ClusterFile = z.object({
  trackerUrl: z.string(),
  adminKey: z.string(),
  clientKey: z.string(),
  domain: z.string(),
})

export async function readConfig(
  flags: Flags,
  { env, cwd }: Pick<Io, 'env' | 'cwd'>,
): Promise<Config> {
  const cluster = await readCluster(join(cwd, CLUSTER_FILE))
  const url = flags.url ?? env['MOG_URL'] ?? cluster.trackerUrl
  // the local keys are for the local cluster: no other gets to see them
  const local = url === cluster.trackerUrl ? cluster : {}
  const key = flags.key ?? env['MOG_KEY']
  return {
    urls: (url ?? '').split(/[\s,]+/).filter((each) => each !== ''),
    clientKey: key ?? local.clientKey,
    adminKey: flags.key ?? env['MOG_ADMIN_KEY'] ?? key ?? local.adminKey,
    domain: flags.domain ?? env['MOG_DOMAIN'] ?? local.domain,
  }
}

/** Nothing where no cluster was started. */
async function readCluster(path: string): Promise<Partial<z.infer<typeof ClusterFile>>> {
  try {
    return ClusterFile.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    if (isSystemError(error)) {
      if (error.code === 'ENOENT') return {}
      throw error
    }
    throw new UsageError(`${path} does not describe a cluster`, 'Start it anew: npm start')
  }
}

export function domainOf({ urls, clientKey, domain }: Config): DomainClient {
  if (domain === undefined)
    throw new UsageError('No domain is named', 'Say --domain NAME, or set MOG_DOMAIN.')
  return connect(access(urls, clientKey, 'MOG_KEY')).domain(domain)
}

export function adminOf({ urls, adminKey }: Config): AdminClient {
  return connect(access(urls, adminKey, 'MOG_ADMIN_KEY')).admin
}

function access(urls: readonly string[], key: string | undefined, keyName: string) {
  if (urls.length === 0)
    throw new UsageError('No tracker is known', 'Say --url URL, set MOG_URL, or run `npm start`.')
  const wrong = urls.find((url) => !URL.canParse(url))
  if (wrong !== undefined)
    throw new UsageError(`${wrong} is not a URL`, 'It begins with http:// or https://.')
  if (key === undefined)
    throw new UsageError(`No key for ${urls[0]} is known`, `Say --key KEY, or set ${keyName}.`)
  return { url: urls, key }
}
