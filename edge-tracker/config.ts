// What a tracker is told by its environment; everything else is a setting in the database.
import * as z from 'zod'
import { Origins } from '#shared/cors.ts'

export const TrackerConfig = z.object({
  /** Postgres: `postgres://user:password@host/database`. */
  DATABASE_URL: z.string().min(1),
  /** A read replica of it, for readers who allow staleness. */
  READ_DATABASE_URL: z.string().min(1).optional(),
  /** Host keys are derived from it: the same on every tracker, at least 32 characters. */
  TRACKER_SECRET: z.string().min(32),
  /**
   * Agents are given its keys too, and receipts under them are good, but nothing is signed with it:
   * the next secret before a change, the last one after it.
   */
  TRACKER_SECRET_ALSO: z.string().min(32).optional(),
  /** `0` or `1`: whether nodes are reached by their internal addresses from here. */
  TRACKER_INSIDE: z.enum(['0', '1']).optional(),
  /** Of clients, under way at once: what comes beyond is refused (on Node). */
  TRACKER_MAX_REQUESTS: z.coerce.number().int().min(1).optional(),
  /** Whose pages may ask from their browsers: `https://app.example.com,...`, or `*`. */
  TRACKER_CORS_ORIGINS: Origins.optional(),
  /** Events of less weight are not logged. */
  TRACKER_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).optional(),
  /** Where the Neon driver's protocol is spoken, when it is not Neon itself. */
  NEON_FETCH_ENDPOINT: z.url().optional(),
})
export type TrackerConfig = z.infer<typeof TrackerConfig>
