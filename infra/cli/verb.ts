// What a verb is: how it is called, and what it does. One verb, one file in verbs/.
import type { ParseArgsOptionDescriptor, parseArgs } from 'node:util'
import type { Context } from './context.ts'

export interface Option extends ParseArgsOptionDescriptor {
  /** `N` in `--jobs N`; left out for a flag. */
  value?: string
  says: string
}
export type Options = Readonly<Record<string, Option>>

/** Every verb takes these. */
export const commonOptions = {
  domain: { type: 'string', short: 'd', value: 'NAME', says: 'the domain (or MOG_DOMAIN)' },
  url: { type: 'string', value: 'URL', says: 'the tracker, or several with commas (or MOG_URL)' },
  key: { type: 'string', value: 'KEY', says: 'the API key (or MOG_KEY, MOG_ADMIN_KEY)' },
  json: { type: 'boolean', says: 'one JSON document, or one on each line' },
  help: { type: 'boolean', short: 'h', says: 'how this command is used' },
} as const satisfies Options

export type Values<Own extends Options> = ReturnType<
  typeof parseArgs<{ options: Own & typeof commonOptions }>
>['values']

export interface Verb<Own extends Options = Options> {
  /** What stands behind `mog`: `get KEY [FILE|-]`. */
  usage: string
  /** What it does, in one line. */
  says: string
  example: string
  /** How many arguments, at least and at most. */
  args: readonly [least: number, most: number]
  options: Own
  run(context: Context<Values<Own>>): Promise<void>
}

/** Infers the options, so that `run` knows their types. */
export const defineVerb = <const Own extends Options>(verb: Verb<Own>): Verb<Own> => verb
