// The import specifiers of a file, and what they name. Text, not syntax: biome's layout makes an
// import statement begin its line, and a string that holds one is indented.
import { dirname, join } from 'node:path/posix'
import { lineOf } from './rule.ts'

const STATEMENTS = /^(?:import\s|export\s+(?:type\s+)?[*{])(?:[^'"]*\sfrom\s)?\s*'([^']+)'/gm
const CALLS = /\bimport\('([^']+)'\)/g
/** `import.meta.resolve('./worker.ts')`, `new URL('./worker.ts', import.meta.url)` and the like. */
const PATHS = /'((?:\.{1,2}\/|#)[^'\s]+\.ts)'/g

/** As in package.json's "imports". */
const ROOMS: Readonly<Record<string, string>> = {
  '#shared': 'shared',
  '#tracker': 'edge-tracker',
  '#agent': 'storage-agent',
  '#infra': 'infra',
  '#test': 'test',
}

export interface Import {
  line: number
  /** A path in the tree, or a package, or `node:...`. */
  target: string
}

export function importsOf(path: string, text: string): Import[] {
  return [...text.matchAll(STATEMENTS), ...text.matchAll(CALLS)].map(
    ({ 1: specifier = '', index }) => ({
      line: lineOf(text, index),
      target: targetOf(path, specifier),
    }),
  )
}

/** Paths of the tree that a file names in any way: as an import, or to start it. */
export const filesNamedIn = (path: string, text: string): string[] =>
  [...text.matchAll(PATHS)].map(({ 1: specifier = '' }) => targetOf(path, specifier))

function targetOf(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return join(dirname(path), specifier)
  const [room = '', ...rest] = specifier.split('/')
  const folder = ROOMS[room]
  return folder === undefined ? specifier : [folder, ...rest].join('/')
}
