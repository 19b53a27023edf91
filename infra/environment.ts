// A program's environment, parsed once. A variable of its prefix that it does not know is refused,
// with the one that was most likely meant.
import type * as z from 'zod'
import { unknownName } from '#shared/nearest-name.ts'
import { wrongVariables } from '#shared/wrong-variables.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The configuration, or what is wrong with it: each variable by its name. */
export function readEnvironment<Config extends z.ZodObject>(
  config: Config,
  prefix: string,
  env: Environment,
): { config: z.infer<Config> } | { wrong: string[] } {
  const known = Object.keys(config.shape)
  const ours = Object.keys(env).filter((name) => name.startsWith(prefix))
  const unknown = ours.filter((name) => !known.includes(name))
  const parsed = config.safeParse(env)
  if (parsed.success && unknown.length === 0) return { config: parsed.data }
  return {
    wrong: [
      ...unknown.map((name) => unknownName(name, known)),
      ...(parsed.success ? [] : wrongVariables(parsed.error, env)),
    ],
  }
}
