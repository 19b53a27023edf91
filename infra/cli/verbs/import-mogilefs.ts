// Takes a MogileFS cluster over: its database is read, its bytes stay where they are. Like the
// export alone it speaks to the databases themselves, while there may be no tracker yet.
import * as z from 'zod'
import {
  finishAdoption,
  type ImportOptions,
  importMogilefs,
} from '#infra/adoption/import-mogilefs.ts'
import { lookAhead } from '#infra/adoption/look-ahead.ts'
import { DSN_FORMS, openSource } from '#infra/adoption/open-source.ts'
import { readTotals } from '#infra/adoption/read-cluster.ts'
import { Target } from '#infra/adoption/target.ts'
import { ChecksumKind } from '#shared/ids.ts'
import { foresightText, reportText } from '../adoption-texts.ts'
import type { Context } from '../context.ts'
import { UsageError } from '../usage-error.ts'
import { defineVerb, type Values } from '../verb.ts'

const options = {
  dsn: { type: 'string', value: 'DSN', says: `${DSN_FORMS} (or MOGILEFS_DSN)` },
  database: { type: 'string', value: 'URL', says: 'our database (or DATABASE_URL)' },
  'dry-run': { type: 'boolean', says: 'only says what would happen' },
  finish: { type: 'boolean', says: 'ends the takeover: the trackers of MogileFS were stopped' },
  copies: { type: 'string', value: 'N', says: "MogileFS's default_mindevcount (2)" },
  checksums: {
    type: 'string',
    value: 'KIND',
    says: 'for classes that have none: SHA-256 (the default), SHA-1, MD5 or none',
  },
  'key-encoding': { type: 'string', value: 'NAME', says: 'what keys are: utf-8 or latin1' },
  'allow-gone': { type: 'boolean', says: 'many files were deleted in MogileFS, and that is right' },
  'erase-unmapped': { type: 'boolean', says: 'with --finish: files that do not map are given up' },
} as const

export const importFromMogilefs = defineVerb({
  usage: 'import mogilefs --dsn DSN',
  says: 'takes a MogileFS cluster over, as it runs',
  example: `mog import mogilefs --dsn mysql://mogile:secret@db/mogilefs --dry-run
mog import mogilefs --dsn mysql://mogile:secret@db/mogilefs
mog import mogilefs --dsn mysql://mogile:secret@db/mogilefs --finish`,
  args: [0, 0],
  options,
  async run(context) {
    const { env } = context.io
    const { dsn = env['MOGILEFS_DSN'], database = env['DATABASE_URL'] } = context.values
    const next = 'Usage: mog import mogilefs --dsn DSN'
    if (dsn === undefined) throw new UsageError('Which database is to be taken over?', next)
    if (database === undefined)
      throw new UsageError('Our database is not named', 'Say --database URL, or set DATABASE_URL.')
    const given = readOptions(context)
    await using source = await openSource(dsn)
    await using target = await Target.open(database)

    const { files } = await readTotals(source, [])
    const label = context.values['dry-run'] === true ? 'looking at' : 'taking over'
    const bar = context.progress({ label, total: files, unit: 'files' })
    const how = { ...given, onProgress: (some: number) => bar?.advance(some) }
    if (context.values['dry-run'] === true) {
      const foresight = await lookAhead(source, target, how)
      bar?.done()
      await context.say(foresight, foresightText(foresight))
      return
    }
    const { finish = false, 'erase-unmapped': eraseUnmapped = false } = context.values
    const startMs = performance.now()
    const report = finish
      ? await finishAdoption(source, target, { ...how, eraseUnmapped })
      : await importMogilefs(source, target, how)
    bar?.done()
    await context.say(report, reportText(report, performance.now() - startMs, finish))
  },
})

const Copies = z.coerce.number().int().min(1).max(10)
const KeyEncoding = z.enum(['utf-8', 'latin1'])

function parse<Value>(option: string, type: z.ZodType<Value>, text: string): Value {
  const parsed = type.safeParse(text)
  if (parsed.success) return parsed.data
  throw new UsageError(`--${option} cannot be ${text}`, 'See `mog help import mogilefs`.')
}

function readOptions({ values, io }: Context<Values<typeof options>>): ImportOptions {
  return {
    defaultCopies: parse('copies', Copies, values.copies ?? '2'),
    checksumKind: parse('checksums', ChecksumKind, values.checksums ?? 'SHA-256'),
    keyEncoding: parse('key-encoding', KeyEncoding, values['key-encoding'] ?? 'utf-8'),
    allowGone: values['allow-gone'] ?? false,
    signal: io.signal,
  }
}
