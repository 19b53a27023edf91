// Stores what was planned, some at once, and goes on when one of them fails.
import { relative } from 'node:path'
import type { DomainClient } from '#shared/client/domain.ts'
import type { PutResult } from '#shared/client/put.ts'
import { CommandFailure } from './command-failure.ts'
import { contentTypeOf } from './content-type.ts'
import type { Context } from './context.ts'
import { eachAtOnce } from './each-at-once.ts'
import { humanBytes } from './human-units.ts'
import type { Io } from './io.ts'
import { fileBody, stdinBody } from './local-body.ts'
import type { ProgressBar } from './progress-bar.ts'
import { LARGE_BYTES, putLarge } from './put-large.ts'
import type { ItemOptions, PutItem } from './put-plan.ts'
import { printable } from './table.ts'

/** Whoever refuses ten files will refuse the thousands behind them. */
const MAX_FAILURES = 10

export async function putAll(
  context: Context<unknown>,
  domain: DomainClient,
  items: readonly PutItem[],
  jobs: number,
  { isAnew, ...options }: ItemOptions & { isAnew: boolean },
): Promise<void> {
  const { io } = context
  const bar = context.progress(workOf(items))
  let untried = items.length

  await eachAtOnce(items, jobs, io.signal, async (item) => {
    if (context.failures >= MAX_FAILURES) return
    untried -= 1
    const path = item.path === '-' ? '-' : relative(io.cwd, item.path)
    try {
      const stored = isLarge(item)
        ? await putLarge(context, { domain, item, options: typed(item, options), bar, isAnew })
        : await putItem(domain, item, typed(item, options), io, bar)
      await context.say({ path, ...stored }, `${printable(item.key)}  ${humanBytes(stored.bytes)}`)
    } catch (error) {
      io.signal.throwIfAborted()
      context.fail(error, path)
    }
  })
  if (untried === 0) return
  const hint = `${untried} files were not tried.`
  context.fail(new CommandFailure('gave_up', `${MAX_FAILURES} files have failed`, hint))
}

const isLarge = (item: PutItem): item is PutItem & { bytes: number } =>
  item.bytes !== undefined && item.bytes >= LARGE_BYTES

const typed = ({ key, path }: PutItem, options: ItemOptions): ItemOptions => ({
  ...options,
  contentType: options.contentType ?? contentTypeOf(key) ?? contentTypeOf(path),
})

async function putItem(
  domain: DomainClient,
  { path, key, bytes }: PutItem,
  options: ItemOptions,
  { stdin, signal }: Io,
  bar: ProgressBar | undefined,
): Promise<PutResult> {
  const local = bytes === undefined ? stdinBody(stdin) : await fileBody(path, bytes)
  let shown = 0
  const show = (sent: number) => {
    bar?.advance(sent - shown)
    shown = sent
  }
  const isWhole = local.body instanceof Uint8Array // it arrives at once: no step to be shown
  const stored = await domain.put(key, local.body, {
    ...options,
    bytes: local.bytes,
    checksum: local.checksum,
    onUpload: ({ checksumKind }) => local.expect(checksumKind),
    onProgress: bar === undefined || isWhole ? undefined : show,
    signal,
  })
  show(stored.bytes)
  return stored
}

function workOf(items: readonly PutItem[]) {
  const [first] = items
  const label = items.length === 1 && first !== undefined ? first.key : `${items.length} files`
  const sizes = items.map(({ bytes }) => bytes ?? Number.NaN)
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0)
  return { label: printable(label), total: Number.isNaN(total) ? undefined : total, unit: 'bytes' }
}
