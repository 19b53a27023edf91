// Fetches a file and holds it against its checksum.
import { stat } from 'node:fs/promises'
import { posix, resolve } from 'node:path'
import { refuse } from '#shared/client/refusal.ts'
import type { Context } from '../context.ts'
import { type FetchOptions, fetchCopy } from '../fetch-copy.ts'
import { humanBytes } from '../human-units.ts'
import type { ProgressBar } from '../progress-bar.ts'
import { saveFile } from '../save-file.ts'
import { printable } from '../table.ts'
import { UsageError } from '../usage-error.ts'
import { defineVerb } from '../verb.ts'

export const get = defineVerb({
  usage: 'get KEY [FILE|-]',
  says: 'fetches a file and verifies its checksum',
  example: [
    'mog get photos/1.jpg           # as 1.jpg, into this directory',
    'mog get photos/1.jpg ~/me.jpg  # into another, or under another name',
    'mog get backup.tar - | tar x   # to standard output',
  ].join('\n'),
  args: [1, 2],
  options: {},
  async run(context) {
    const [key = '', name] = context.args
    if (name === '-') return toStdout(context, key)

    const path = await pathFor(context.io.cwd, key, name)
    const domain = await context.domain()
    const file = await saveFile(domain, key, path, watched(context, key))
    const human = `${printable(path)}  ${humanBytes(file.bytes)}, verified`
    await context.say({ key, path, ...file }, human)
  },
})

/** Under the last part of its key, unless a name is given; in a directory where that is one. */
async function pathFor(cwd: string, key: string, name = '.'): Promise<string> {
  const path = resolve(cwd, name)
  const found = await stat(path).catch(() => undefined) // saving tells what is wrong with it
  if (found?.isDirectory() !== true) return path

  const last = posix.basename(key)
  if (last !== '' && last !== '.' && last !== '..') return resolve(path, last)
  throw new UsageError(
    `${printable(key)} cannot be the name of a file`,
    'Name one: mog get KEY FILE',
  )
}

async function toStdout(context: Context<unknown>, key: string): Promise<void> {
  const domain = await context.domain()
  const options = { ...watched(context, key), avoid: new Set<string>(), end: false }
  const { isIntact } = await fetchCopy(domain, key, () => context.io.stdout, options)
  if (!isIntact) throw refuse('checksum_mismatch', 'What was written does not have its checksum')
}

/** Shows how a fetch goes on; anew for each copy that is tried. */
function watched(context: Context<unknown>, key: string): Omit<FetchOptions, 'avoid' | 'end'> {
  let bar: ProgressBar | undefined
  return {
    signal: context.io.signal,
    onBegin: ({ bytes }) => {
      bar = context.progress({ label: printable(key), total: bytes, unit: 'bytes' })
    },
    onBytes: (bytes) => bar?.advance(bytes),
  }
}
