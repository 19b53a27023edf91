// `npm run restored`: to be run on a copy of the database that takes the place of one which was
// ahead of it, before a tracker uses it. Safe to run twice, and where nothing was lost.
import pg from 'pg'

export async function afterRestore(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query('select after_restore()')
  } finally {
    await client.end()
  }
}

if (import.meta.main) {
  const databaseUrl = process.env['DATABASE_URL']
  if (databaseUrl === undefined) {
    console.error(
      'DATABASE_URL is not set: it names the copy (see infra/serve/tracker.env.example)',
    )
    process.exit(2)
  }
  await afterRestore(databaseUrl)
  console.log('What the lost time has numbered is not numbered again, and its orders are void.')
  console.log('Next: start the trackers, then `mog fsck start --check sizes`.')
}
