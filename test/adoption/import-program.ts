// An import as a process of its own, for a test to kill: DSN, our database, files a page. It prints
// a line for each page that was taken.
import { importMogilefs } from '#infra/adoption/import-mogilefs.ts'
import { openSource } from '#infra/adoption/open-source.ts'
import { Target } from '#infra/adoption/target.ts'
import { asked } from './old-world.ts'

const [dsn = '', databaseUrl = '', pageFiles = '1000'] = process.argv.slice(2)
await using source = await openSource(dsn)
await using target = await Target.open(databaseUrl)
await importMogilefs(source, target, {
  ...asked,
  pageFiles: Number(pageFiles),
  onProgress: (files) => process.stdout.write(`${files}\n`),
})
