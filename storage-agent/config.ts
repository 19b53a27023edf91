// The environment of `mog-agent`, parsed once. A MOG_ variable that we do not know is refused: a
// typing error must not silently mean a default. Documented in agent.env.example.
import * as z from 'zod'
import type { Level } from '#shared/events.ts'
import { MIN_METRICS_TOKEN_LENGTH } from './limits.ts'

const url = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ''))

const Address = z
  .string()
  .regex(/^(?:\[[\da-f:]+\]|[^:]+):\d{1,5}$/i, 'must be HOST:PORT')
  .transform((text) => {
    const colon = text.lastIndexOf(':')
    return {
      host: text.slice(0, colon).replaceAll(/[[\]]/g, ''),
      port: Number(text.slice(colon + 1)),
    }
  })
  .refine(({ port }) => port <= 65_535, 'the port is at most 65535')

export const DEFAULT_ROOT = '/var/mogdata'

const Environment = z.strictObject({
  MOG_ROOT: z.string().startsWith('/').default(DEFAULT_ROOT),
  MOG_TRACKER_URL: z
    .string()
    .transform((text) => text.split(',').map((each) => each.trim()))
    .pipe(z.array(url).min(1)),
  MOG_LISTEN: Address.default({ host: '0.0.0.0', port: 7500 }),
  MOG_PUBLIC_URL: url.optional(),
  MOG_METRICS_TOKEN: z.string().min(MIN_METRICS_TOKEN_LENGTH).optional(),
  MOG_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

/** An operator's shell may hold them. */
const OF_THE_COMMAND_LINE = new Set(['MOG_URL', 'MOG_KEY', 'MOG_ADMIN_KEY', 'MOG_DOMAIN'])

export interface Config {
  root: string
  trackerUrls: readonly string[]
  listen: { host: string; port: number }
  /** Where clients and other agents reach this one; without it, the address that it listens on. */
  publicUrl?: string
  /** Who shows it may read the metrics from anywhere; see http/about-us.ts. */
  metricsToken?: string
  logLevel: Level
}

/** Throws a readable text that names every variable which is wrong. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const ours = Object.entries(env).filter(
    ([name]) => name.startsWith('MOG_') && !OF_THE_COMMAND_LINE.has(name),
  )
  const parsed = Environment.safeParse(Object.fromEntries(ours))
  if (!parsed.success)
    throw new Error(`The environment is wrong:\n${z.prettifyError(parsed.error)}`)

  const { MOG_ROOT, MOG_TRACKER_URL, MOG_LISTEN, MOG_PUBLIC_URL } = parsed.data
  const { MOG_METRICS_TOKEN, MOG_LOG_LEVEL } = parsed.data
  if (MOG_PUBLIC_URL === undefined && /^(?:0\.0\.0\.0|::)$/.test(MOG_LISTEN.host))
    throw new Error('MOG_PUBLIC_URL is needed where the agent listens on every address')
  return {
    root: MOG_ROOT,
    trackerUrls: MOG_TRACKER_URL,
    listen: MOG_LISTEN,
    ...(MOG_PUBLIC_URL !== undefined && { publicUrl: MOG_PUBLIC_URL }),
    ...(MOG_METRICS_TOKEN !== undefined && { metricsToken: MOG_METRICS_TOKEN }),
    logLevel: MOG_LOG_LEVEL,
  }
}
