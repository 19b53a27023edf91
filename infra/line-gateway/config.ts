// What a gateway is told by its environment.
import * as z from 'zod'
import { unknownName } from '#shared/nearest-name.ts'

const PORT = 7_001
const ADDRESS_HEADER = 'x-client-address'

const Port = z.coerce.number().int().min(0).max(65_535)

/** Of a gateway within the process of a tracker, too. */
export const GatewayConfig = z.object({
  /** An API key of the trackers: whoever can connect may do what it may. */
  GATEWAY_KEY: z.string().min(1),
  GATEWAY_HOST: z.string().default('127.0.0.1'),
  GATEWAY_PORT: Port.default(PORT),
})

const RemoteGatewayConfig = GatewayConfig.extend({
  /** Of one tracker, or of several with spaces between: then the next is asked where one fails. */
  GATEWAY_TRACKERS: z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter((each) => each !== ''))
    .pipe(z.array(z.url({ protocol: /^https?$/ })).min(1)),
  /** Where trackers look for a client's address: their `TRACKER_ADDRESS_HEADER`. */
  GATEWAY_ADDRESS_HEADER: z.string().min(1).default(ADDRESS_HEADER),
})
type RemoteGatewayConfig = z.infer<typeof RemoteGatewayConfig>

/** The configuration, or what is wrong with it: each variable by its name. */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
): { config: RemoteGatewayConfig } | { wrong: string[] } {
  const known = Object.keys(RemoteGatewayConfig.shape)
  const ours = Object.keys(env).filter((name) => name.startsWith('GATEWAY_'))
  const unknown = ours.filter((name) => !known.includes(name))
  const parsed = RemoteGatewayConfig.safeParse(env)
  if (parsed.success && unknown.length === 0) return { config: parsed.data }
  const issues = parsed.error?.issues ?? []
  return {
    wrong: [
      ...unknown.map((name) => unknownName(name, known)),
      ...issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
    ],
  }
}
