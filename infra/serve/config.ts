// The environment of `npm run serve`, parsed once: what every tracker is told, and where this one
// listens. A TRACKER_ variable that we do not know is refused, with the one that was meant.
import * as z from 'zod'
import { type Environment, readEnvironment } from '#infra/environment.ts'
import { GatewayConfig } from '#infra/line-gateway/config.ts'
import { TrackerConfig } from '#tracker/config.ts'

const ServeConfig = TrackerConfig.extend({
  TRACKER_HOST: z.string().min(1).default('127.0.0.1'),
  TRACKER_PORT: z.coerce.number().int().min(0).max(65_535).default(7080),
  TRACKER_ADDRESS_HEADER: z.string().min(1).optional(),
  TRACKER_LOG_FORMAT: z.enum(['auto', 'json', 'pretty']).default('auto'),
  /** MogileFS's line protocol beside HTTP, where there is a key. */
  ...GatewayConfig.partial({ GATEWAY_KEY: true }).shape,
})

export const readConfig = (env: Environment) => readEnvironment(ServeConfig, 'TRACKER_', env)
