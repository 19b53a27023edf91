// What browsers are told about pages of other origins (CORS), by trackers and nodes alike. Nothing
// rests on cookies: keys and tickets are sent by the page itself, so no credentials are allowed.
import * as z from 'zod'

/** Scheme, host and port of a page; `*` is any. */
const Origin = z
  .string()
  .refine((text) => text === '*' || (URL.canParse(text) && new URL(text).origin === text), {
    error: 'must be origins like https://app.example.com, or *',
  })

/** `https://a.example,https://b.example`, or `*` alone. */
export const Origins = z
  .string()
  .transform((text) => text.split(',').map((each) => each.trim()))
  .pipe(z.array(Origin).min(1))
  .refine((origins) => origins.length === 1 || !origins.includes('*'), '* stands alone')

export type Origins = readonly string[]

/** How long a browser may remember the answer to a preflight: more than any of them does. */
const PREFLIGHT_S = 86_400

interface Asked {
  method: string
  origin: string | null | undefined
  /** `Access-Control-Request-Method` */
  wants: string | null | undefined
}

export const isPreflight = ({ method, origin, wants }: Asked): boolean =>
  method === 'OPTIONS' && typeof origin === 'string' && typeof wants === 'string'

/**
 * For every answer, also to those who name no origin: a cache keeps it for others. An origin that
 * is not allowed gets no header, and its browser refuses the page.
 */
export function originHeaders(
  origins: Origins,
  origin: string | null | undefined,
): Record<string, string> {
  if (origins.includes('*'))
    return { 'access-control-allow-origin': '*', 'access-control-expose-headers': '*' }
  if (typeof origin !== 'string' || !origins.includes(origin)) return { vary: 'Origin' }
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': '*',
    vary: 'Origin',
  }
}

/** Besides those: what the page may send. `authorization` is the one name that `*` leaves out. */
export const preflightHeaders: Readonly<Record<string, string>> = {
  'access-control-allow-methods': '*',
  'access-control-allow-headers': '*, authorization',
  'access-control-max-age': String(PREFLIGHT_S),
}
