// Uploads of large files that were begun and are not done, one file each below the account's own
// state directory: so that `mog put`, called again, goes on. A crash costs what came since.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { Upload } from '#shared/wire/uploads.ts'
import type { Io } from './io.ts'
import { isSystemError } from './system-error.ts'

export interface KeptUpload {
  /** Undefined: none was begun of just this file, for just this key. */
  read(): Promise<Upload | undefined>
  keep(upload: Upload): Promise<void>
  forget(): Promise<void>
}

const Kept = z.object({ path: z.string(), upload: Upload })

/** Undefined where the environment knows no home. */
export function uploadsDir({ HOME, XDG_STATE_HOME }: Io['env']): string | undefined {
  const state = XDG_STATE_HOME ?? (HOME === undefined ? undefined : join(HOME, '.local/state'))
  return state === undefined || state === '' ? undefined : join(state, 'mog/uploads')
}

/**
 * `identity` is all that makes it this upload: the cluster, the key, the file as it is now, and
 * what is said of it. Of a file that has changed nothing is found.
 */
export function keptUpload(dir: string, path: string, identity: unknown): KeptUpload {
  const name = createHash('sha256')
    .update(JSON.stringify([path, identity]))
    .digest('hex')
  const file = join(dir, `${name.slice(0, 32)}.json`)
  return {
    async read() {
      return (await readKept(file))?.upload
    },
    async keep(upload) {
      await mkdir(dir, { recursive: true, mode: 0o700 })
      await dropExpired(dir)
      await writeFile(`${file}.new`, JSON.stringify({ path, upload }), { mode: 0o600 })
      await rename(`${file}.new`, file)
    },
    forget: () => rm(file, { force: true }),
  }
}

/** Undefined also for what another version has written, and where nothing could be written. */
async function readKept(file: string): Promise<z.infer<typeof Kept> | undefined> {
  try {
    return Kept.safeParse(JSON.parse(await readFile(file, 'utf8'))).data
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error)) return undefined
    throw error
  }
}

async function dropExpired(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const kept = await readKept(join(dir, name))
    const isOver = kept !== undefined && Date.parse(kept.upload.expiresAt) < Date.now()
    if (isOver) await rm(join(dir, name), { force: true })
  }
}
