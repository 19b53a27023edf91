// Stores one large file so that it can be gone on with: after a broken connection by this command,
// after its end by the same command called again.
import { stat } from 'node:fs/promises'
import type { DomainClient } from '#shared/client/domain.ts'
import type { PutResult } from '#shared/client/put.ts'
import { Refusal } from '#shared/client/refusal.ts'
import type { Upload } from '#shared/wire/uploads.ts'
import type { Context } from './context.ts'
import { humanBytes } from './human-units.ts'
import { type KeptUpload, keptUpload, uploadsDir } from './kept-uploads.ts'
import { rangedFile } from './local-body.ts'
import type { ProgressBar } from './progress-bar.ts'
import type { ItemOptions, PutItem } from './put-plan.ts'
import { isSystemError, systemReason } from './system-error.ts'

/** Smaller files are sent again as a whole: that is soon done. */
export const LARGE_BYTES = 32 * 1024 ** 2

interface LargePut {
  domain: DomainClient
  item: PutItem & { bytes: number }
  options: ItemOptions
  bar: ProgressBar | undefined
  /** Whatever has arrived of it before. */
  isAnew: boolean
}

export async function putLarge(context: Context<unknown>, put: LargePut): Promise<PutResult> {
  const { domain, item, options, bar, isAnew } = put
  const kept = await keptFor(context, domain, item, options)
  const before = isAnew ? undefined : await kept?.read()
  const local = rangedFile(item.path, item.bytes)
  let keptUntil = before?.expiresAt
  if (before !== undefined) local.expect(before.checksumKind)

  let shown: number | undefined
  const show = (there: number) => {
    if (shown === undefined && before !== undefined && there > 0) {
      context.note(`${item.key} goes on at ${humanBytes(there)}`)
      bar?.skip(there)
    } else bar?.advance(there - (shown ?? 0))
    shown = there
  }
  try {
    const stored = await domain.putResumably(item.key, local.body, {
      ...options,
      checksum: local.checksum,
      upload: before,
      async onUpload(upload) {
        local.expect(upload.checksumKind)
        keptUntil = (await keep(context, kept, upload)) ? upload.expiresAt : undefined
      },
      onProgress: show,
      signal: context.io.signal,
    })
    if (keptUntil !== undefined) await kept?.forget()
    return stored
  } catch (error) {
    const isFinal = keptUntil !== undefined && error instanceof Refusal && error.retry === 'never'
    if (isFinal) await kept?.forget()
    else if (keptUntil !== undefined)
      context.note(
        `what has arrived is kept until ${keptUntil}: the same command goes on from there`,
      )
    throw error
  }
}

async function keptFor(
  { io, urls }: Context<unknown>,
  domain: DomainClient,
  { key, path }: PutItem,
  options: ItemOptions,
): Promise<KeptUpload | undefined> {
  const dir = uploadsDir(io.env)
  if (dir === undefined) return undefined
  const { size, mtimeMs, ino } = await stat(path)
  return keptUpload(dir, path, [await urls(), domain.name, key, size, mtimeMs, ino, options])
}

/** Without it the put is as good, but for the day that it is interrupted. */
async function keep(
  context: Context<unknown>,
  kept: KeptUpload | undefined,
  upload: Upload,
): Promise<boolean> {
  try {
    await kept?.keep(upload)
    return kept !== undefined
  } catch (error) {
    if (!isSystemError(error)) throw error
    context.note(`${systemReason(error)}: an interrupted put will not go on, but begin anew`)
    return false
  }
}
