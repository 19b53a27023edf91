// What a gateway is told by its environment.
import * as z from 'zod'
import { type Environment, readEnvironment } from '#infra/environment.ts'

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

export const readConfig = (env: Environment) =>
  readEnvironment(RemoteGatewayConfig, 'GATEWAY_', env)
