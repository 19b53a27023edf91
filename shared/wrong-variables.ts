// What is wrong with an environment, a line for each variable, for whoever wrote it. Pure.
import type * as z from 'zod'

export const wrongVariables = (
  { issues }: z.ZodError,
  env: Readonly<Record<string, string | undefined>>,
): string[] =>
  issues.map(({ path, message }) => {
    const name = String(path[0])
    const isThere = env[name] !== undefined && env[name] !== ''
    return isThere ? `${name}: ${message}` : `${name} is not set`
  })
