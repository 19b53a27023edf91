// The environment of `npm run serve`, parsed once: what every tracker is told, and where this one
// listens. A TRACKER_ variable that we do not know is refused, with the one that was meant.
import * as z from 'zod'
import { GatewayConfig } from '#infra/line-gateway/config.ts'
import { unknownName } from '#shared/nearest-name.ts'
import { TrackerConfig } from '#tracker/config.ts'

const ServeConfig = TrackerConfig.extend({
  TRACKER_HOST: z.string().min(1).default('127.0.0.1'),
  TRACKER_PORT: z.coerce.number().int().min(0).max(65_535).default(7080),
  TRACKER_ADDRESS_HEADER: z.string().min(1).optional(),
  TRACKER_LOG_FORMAT: z.enum(['auto', 'json', 'pretty']).default('auto'),
  /** MogileFS's line protocol beside HTTP, where there is a key. */
  ...GatewayConfig.partial({ GATEWAY_KEY: true }).shape,
})
type ServeConfig = z.infer<typeof ServeConfig>

/** The configuration, or what is wrong with it: each variable by its name. */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
): { config: ServeConfig } | { wrong: string[] } {
  const known = Object.keys(ServeConfig.shape)
  const ours = Object.keys(env).filter((name) => name.startsWith('TRACKER_'))
  const unknown = ours.filter((name) => !known.includes(name))
  const parsed = ServeConfig.safeParse(env)
  if (parsed.success && unknown.length === 0) return { config: parsed.data }
  const issues = parsed.error?.issues ?? []
  return {
    wrong: [
      ...unknown.map((name) => unknownName(name, known)),
      ...issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
    ],
  }
}
