// How another process of this program is started, from the repository or as the single executable.
import { isSea } from 'node:sea'
import { fileURLToPath } from 'node:url'

/** For `process.execPath`. The single executable is its own script. */
export const ourArguments = (...args: string[]): string[] =>
  isSea() ? args : [fileURLToPath(import.meta.resolve('./main.ts')), ...args]
