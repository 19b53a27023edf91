// The way back from a takeover: fills a MogileFS database from ours. Like the import it speaks to
// the databases themselves: no tracker may run meanwhile.
import * as z from 'zod'
import { exportMogilefs } from '#infra/adoption/back/export-mogilefs.ts'
import { openWriter } from '#infra/adoption/back/open-writer.ts'
import { Ours } from '#infra/adoption/back/read-ours.ts'
import { DSN_FORMS } from '#infra/adoption/open-source.ts'
import { exportText } from '../adoption-texts.ts'
import { UsageError } from '../usage-error.ts'
import { defineVerb } from '../verb.ts'

const KeyEncoding = z.enum(['utf-8', 'latin1'])

export const exportToMogilefs = defineVerb({
  usage: 'export mogilefs --dsn DSN',
  says: 'gives all files back to a MogileFS database',
  example: `mog export mogilefs --dsn mysql://mogile:secret@db/mogilefs
mog export mogilefs --dsn mysql://mogile:secret@db/mogilefs --replace`,
  args: [0, 0],
  options: {
    dsn: { type: 'string', value: 'DSN', says: `${DSN_FORMS} (or MOGILEFS_DSN)` },
    database: { type: 'string', value: 'URL', says: 'our database (or DATABASE_URL)' },
    replace: { type: 'boolean', says: 'what MogileFS knows of files and of work on them goes' },
    'key-encoding': { type: 'string', value: 'NAME', says: 'what keys are: utf-8 or latin1' },
  },
  async run(context) {
    const { env, signal } = context.io
    const { dsn = env['MOGILEFS_DSN'], database = env['DATABASE_URL'] } = context.values
    const next = 'Usage: mog export mogilefs --dsn DSN'
    if (dsn === undefined) throw new UsageError('Which database is to be filled?', next)
    if (database === undefined)
      throw new UsageError('Our database is not named', 'Say --database URL, or set DATABASE_URL.')
    const encoding = KeyEncoding.safeParse(context.values['key-encoding'] ?? 'utf-8')
    if (!encoding.success) throw new UsageError('--key-encoding is utf-8 or latin1', next)
    await using ours = await Ours.open(database)
    await using writer = await openWriter(dsn)

    const { files } = await ours.position()
    const bar = context.progress({ label: 'giving back', total: files, unit: 'files' })
    const startMs = performance.now()
    const report = await exportMogilefs(ours, writer, {
      keyEncoding: encoding.data,
      replace: context.values.replace ?? false,
      onProgress: (some) => bar?.advance(some),
      signal,
    })
    bar?.done()
    await context.say(report, exportText(report, performance.now() - startMs))
  },
})
