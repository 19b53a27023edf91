// The environment of `mog-agent`, parsed once. A MOG_ variable that we do not know is refused: a
// typing error must not silently mean a default. Documented in agent.env.example.
import * as z from 'zod'
import { Origins } from '#shared/cors.ts'
import type { Level, LogForm } from '#shared/events.ts'
import { unknownName } from '#shared/nearest-name.ts'
import { wrongVariables } from '#shared/wrong-variables.ts'
import type { CertificateFiles } from './http/certificate.ts'
import { MAX_PROCESSES, MIN_METRICS_TOKEN_LENGTH, MIN_PASSWORD_LENGTH } from './limits.ts'
import type { ShareOptions } from './scratch/share.ts'

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

const path = z.string().startsWith('/', 'must be a path from /')

const Environment = z.object({
  MOG_ROOT: path.default(DEFAULT_ROOT),
  MOG_TRACKER_URL: z
    .string()
    .transform((text) => text.split(',').map((each) => each.trim()))
    .pipe(z.array(url).min(1)),
  MOG_LISTEN: Address.default({ host: '0.0.0.0', port: 7500 }),
  MOG_PUBLIC_URL: url.optional(),
  MOG_METRICS_TOKEN: z.string().min(MIN_METRICS_TOKEN_LENGTH).optional(),
  MOG_PROCESSES: z.coerce.number().int().min(1).max(MAX_PROCESSES).default(1),
  MOG_INTERNAL_LISTEN: Address.optional(),
  MOG_TLS_CERT: path.optional(),
  MOG_TLS_KEY: path.optional(),
  MOG_CORS_ORIGINS: Origins.optional(),
  MOG_ACCEL_PREFIX: z
    .string()
    .regex(/^\/(?:[\w.-]+\/)*$/, 'must be a path that begins and ends with /')
    .optional(),
  MOG_SIDE_LISTEN: Address.optional(),
  MOG_SCRATCH: path.optional(),
  MOG_SCRATCH_PASSWORD: z.string().min(MIN_PASSWORD_LENGTH).optional(),
  MOG_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  MOG_LOG_FORMAT: z.enum(['auto', 'json', 'pretty']).default('auto'),
})
type Environment = z.infer<typeof Environment>

/** An operator's shell may hold them. */
const OF_THE_COMMAND_LINE = new Set(['MOG_URL', 'MOG_KEY', 'MOG_ADMIN_KEY', 'MOG_DOMAIN'])

export interface Config {
  root: string
  trackerUrls: readonly string[]
  listen: { host: string; port: number }
  /** A second address, without TLS: for the other agents and the trackers. */
  internalListen?: { host: string; port: number }
  /** Where clients and other agents reach this one; without it, the address that it listens on. */
  publicUrl?: string
  /** Who shows it may read the metrics from anywhere; see http/about-us.ts. */
  metricsToken?: string
  /** With it, TLS and nothing else is spoken at `listen`. */
  certificate?: CertificateFiles
  /** Whose pages may use tickets from their browsers. */
  origins?: Origins
  /** Below this path an nginx in front finds our root. */
  accelPrefix?: string
  /** Where MogileFS's trackers ask; see side-channel/. */
  sideListen?: { host: string; port: number }
  /** A directory that is a WebDAV share, and the password for it. */
  scratch?: ShareOptions
  /** How many share the devices: this one and its readers. */
  processes: number
  logLevel: Level
  logForm: LogForm
}

/** Throws a readable text that names every variable which is wrong. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const ours = Object.entries(env).filter(
    ([name]) => name.startsWith('MOG_') && !OF_THE_COMMAND_LINE.has(name),
  )
  const known = Object.keys(Environment.shape)
  const unknown = ours.map(([name]) => name).filter((name) => !known.includes(name))
  const parsed = Environment.safeParse(Object.fromEntries(ours))
  const wrong = [
    ...unknown.map((name) => unknownName(name, known)),
    ...(parsed.success ? contradictionsIn(parsed.data) : wrongVariables(parsed.error, env)),
  ]
  if (!parsed.success || wrong.length > 0)
    throw new Error(`The environment is wrong:\n${wrong.join('\n')}`)
  return configOf(parsed.data)
}

function configOf(given: Environment): Config {
  const { MOG_PUBLIC_URL, MOG_INTERNAL_LISTEN, MOG_TLS_CERT, MOG_TLS_KEY } = given
  const { MOG_CORS_ORIGINS, MOG_ACCEL_PREFIX, MOG_METRICS_TOKEN } = given
  const { MOG_SIDE_LISTEN, MOG_SCRATCH: root, MOG_SCRATCH_PASSWORD: password } = given
  return {
    root: given.MOG_ROOT,
    trackerUrls: given.MOG_TRACKER_URL,
    listen: given.MOG_LISTEN,
    processes: given.MOG_PROCESSES,
    logLevel: given.MOG_LOG_LEVEL,
    logForm: given.MOG_LOG_FORMAT === 'auto' ? formFor(process.stdout) : given.MOG_LOG_FORMAT,
    ...(MOG_PUBLIC_URL !== undefined && { publicUrl: MOG_PUBLIC_URL }),
    ...(MOG_METRICS_TOKEN !== undefined && { metricsToken: MOG_METRICS_TOKEN }),
    ...(MOG_INTERNAL_LISTEN !== undefined && { internalListen: MOG_INTERNAL_LISTEN }),
    ...(MOG_TLS_CERT !== undefined &&
      MOG_TLS_KEY !== undefined && {
        certificate: { certFile: MOG_TLS_CERT, keyFile: MOG_TLS_KEY },
      }),
    ...(MOG_CORS_ORIGINS !== undefined && { origins: MOG_CORS_ORIGINS }),
    ...(MOG_ACCEL_PREFIX !== undefined && { accelPrefix: MOG_ACCEL_PREFIX }),
    ...(MOG_SIDE_LISTEN !== undefined && { sideListen: MOG_SIDE_LISTEN }),
    ...(root !== undefined && password !== undefined && { scratch: { root, password } }),
  }
}

const formFor = ({ isTTY }: { isTTY?: boolean }): LogForm => (isTTY === true ? 'pretty' : 'json')

/** What is right by itself, but cannot be meant together. */
function contradictionsIn(given: Environment): string[] {
  const { MOG_LISTEN, MOG_INTERNAL_LISTEN, MOG_PUBLIC_URL, MOG_TLS_CERT, MOG_TLS_KEY } = given
  const speaksTls = MOG_TLS_CERT !== undefined || MOG_TLS_KEY !== undefined
  const { MOG_SCRATCH, MOG_SCRATCH_PASSWORD, MOG_SIDE_LISTEN } = given
  const others = [MOG_LISTEN, MOG_INTERNAL_LISTEN].filter((at) => at !== undefined)
  const cases: [is: boolean, says: string][] = [
    [
      MOG_PUBLIC_URL === undefined && isEveryAddress(MOG_LISTEN.host),
      'MOG_PUBLIC_URL is needed where the agent listens on every address',
    ],
    [
      (MOG_TLS_CERT === undefined) !== (MOG_TLS_KEY === undefined),
      'MOG_TLS_CERT and MOG_TLS_KEY are needed both, or neither',
    ],
    [
      (MOG_SCRATCH === undefined) !== (MOG_SCRATCH_PASSWORD === undefined),
      'MOG_SCRATCH and MOG_SCRATCH_PASSWORD are needed both, or neither',
    ],
    [
      speaksTls && MOG_PUBLIC_URL?.startsWith('http:') === true,
      'MOG_PUBLIC_URL begins with http:, but with MOG_TLS_CERT the agent speaks https:',
    ],
    [
      MOG_INTERNAL_LISTEN !== undefined && isTaken(MOG_INTERNAL_LISTEN, MOG_LISTEN),
      'MOG_INTERNAL_LISTEN is an address that MOG_LISTEN takes already',
    ],
    [
      MOG_SIDE_LISTEN !== undefined && others.some((taken) => isTaken(MOG_SIDE_LISTEN, taken)),
      'MOG_SIDE_LISTEN is an address that MOG_LISTEN or MOG_INTERNAL_LISTEN takes already',
    ],
  ]
  return cases.filter(([is]) => is).map(([, says]) => says)
}

interface At {
  host: string
  port: number
}

const isEveryAddress = (host: string) => host === '0.0.0.0' || host === '::'

const isTaken = (wanted: At, taken: At) =>
  wanted.port !== 0 &&
  wanted.port === taken.port &&
  (wanted.host === taken.host || [wanted.host, taken.host].some(isEveryAddress))
