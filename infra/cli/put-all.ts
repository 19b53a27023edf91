// Stores what was planned, some at once, and goes on when one of them fails.
import { relative } from 'node:path'
import type { DomainClient } from '#shared/client/domain.ts'
import type { PutOptions, PutResult } from '#shared/client/put.ts'
import { CommandFailure } from './command-failure.ts'
import { contentTypeOf } from './content-type.ts'
import type { Context } from './context.ts'
import { eachAtOnce } from './each-at-once.ts'
import { humanBytes } from './human-units.ts'
import type { Io } from './io.ts'
import { fileBody, stdinBody } from './local-body.ts'
import type { ProgressBar } from './progress-bar.ts'
import type { PutItem } from './put-plan.ts'
import { printable } from './table.ts'

export type ItemOptions = Pick<
  PutOptions,
  'class' | 'contentType' | 'metadata' | 'ifMatch' | 'ifNoneMatch'
>

/** Whoever refuses ten files will refuse the thousands behind them. */
const MAX_FAILURES = 10

export async function putAll(
  context: Context<unknown>,
  domain: DomainClient,
  items: readonly PutItem[],
  jobs: number,
  options: ItemOptions,
): Promise<void> {
  const { io } = context
  const bar = context.progress(workOf(items))
  let untried = items.length

  await eachAtOnce(items, jobs, io.signal, async (item) => {
    if (context.failures >= MAX_FAILURES) return
    untried -= 1
    const path = item.path === '-' ? '-' : relative(io.cwd, item.path)
    try {
      const stored = await putItem(domain, item, options, io, bar)
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

async function putItem(
  domain: DomainClient,
  { path, key, bytes }: PutItem,
  options: ItemOptions,
  { stdin, signal }: Io,
  bar: ProgressBar | undefined,
): Promise<PutResult> {
  const local = bytes === undefined ? stdinBody(stdin) : await fileBody(path, bytes)
  const contentType = options.contentType ?? contentTypeOf(key) ?? contentTypeOf(path)
  let shown = 0
  const show = (sent: number) => {
    bar?.advance(sent - shown)
    shown = sent
  }
  const isWhole = local.body instanceof Uint8Array // it arrives at once: no step to be shown
  const stored = await domain.put(key, local.body, {
    ...options,
    contentType,
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
