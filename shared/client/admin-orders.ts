// How operators' questions and orders go to a tracker.
import type * as z from 'zod'
import type { Ask, Tracker } from './tracker.ts'

export type AdminOrders = ReturnType<typeof adminOrders>

/** `path` is what follows `/v1/admin/`. */
export const adminOrders = (tracker: Tracker) => ({
  list: <Schema extends z.ZodType>(schema: Schema, path: string, query?: Ask['query']) =>
    tracker.ask(schema, {
      method: 'GET',
      path: `/v1/admin/${path}`,
      ...(query !== undefined && { query }),
    }),
  order: async (method: Ask['method'], path: string, json?: unknown): Promise<void> => {
    await tracker.send({ method, path: `/v1/admin/${path}`, json })
  },
  /** An order that says what is so then; to repeat it changes nothing. */
  change: <Schema extends z.ZodType>(
    schema: Schema,
    method: Ask['method'],
    path: string,
    json: unknown = {},
  ) => tracker.ask(schema, { method, path: `/v1/admin/${path}`, json }),
  /** Makes something new at each call, with a secret or a number that is told only once. */
  make: <Schema extends z.ZodType>(schema: Schema, path: string, json: unknown) =>
    tracker.ask(schema, { method: 'POST', path: `/v1/admin/${path}`, json, once: true }),
})
