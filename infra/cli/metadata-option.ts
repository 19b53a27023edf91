// `--meta NAME=TEXT` of whatever describes a file.
import { UsageError } from './usage-error.ts'
import type { Option } from './verb.ts'

export const metaOption = {
  type: 'string',
  multiple: true,
  value: 'NAME=TEXT',
  says: 'metadata; may be repeated',
} as const satisfies Option

export function readMetadata(pairs: readonly string[] = []): Record<string, string> | undefined {
  if (pairs.length === 0) return undefined
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new UsageError(`--meta is NAME=TEXT, not \`${pair}\``, 'mog help')
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}
