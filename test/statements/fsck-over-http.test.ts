// Fsck as a tracker on Workers does it: its statements over the Neon driver, from a run's start to
// its last event.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startNeonStandIn } from '#infra/dev/neon-stand-in.ts'
import { DomainName, Fid, Key } from '#shared/ids.ts'
import { FindingsRequest } from '#shared/wire/looks.ts'
import { fileFacts } from '#tracker/db/explain.ts'
import { listFsck, readFsckLog, startFsck, turnFsck } from '#tracker/db/fsck.ts'
import { nextSearch, nextWindow, takeFindings, takeFound } from '#tracker/db/looks.ts'
import { neonDb } from '#tracker/db/neon.ts'
import { nextPolicies, recordPolicies } from '#tracker/db/policies.ts'
import { skipOldest } from '../support/database.ts'
import type { PostgresAge } from '../support/test-postgres.ts'
import { trackerWorld } from '../support/world.ts'

for (const postgres of ['newest', 'oldest'] as const) {
  const skip = postgres === 'oldest' ? skipOldest : false
  test(`a lost file is found over HTTP, by the ${postgres} PostgreSQL`, { skip }, () =>
    loseAndFind(postgres),
  )
}

async function loseAndFind(postgres: PostgresAge): Promise<void> {
  await using world = await trackerWorld({ hosts: 1, postgres })
  await using standIn = await startNeonStandIn(world)
  const db = neonDb(world.databaseUrl, standIn.url)
  const { fid, deviceId } = await world.put('a', 'a', { class: 'thumb' })
  const [host] = await world.sql<{ hash: string }>('select credential_hash as hash from host')
  const hash = host?.hash ?? ''

  const who = { apiKeyId: 1, label: 'ops' }
  const [started] = await db.all(startFsck(who, { check: 'checksums' }))
  assert.equal(started?.fsckId, 1)
  const [window] = await db.all(nextWindow(hash, { deviceId }, { bytesPerS: 5, filesPerS: 5 }))
  assert.ok(window !== undefined)
  const { fromFid, toFid, copies } = window
  assert.deepEqual([copies[0]?.fid, window.bytesPerS], [fid, null])

  const finding = { fid, code: 'BSUM', version: copies[0]?.version, detail: 'a "b", {c}\\' }
  const stretch = { deviceId, fsckId: 1, fromFid, toFid, files: 1, bytes: 1 }
  const report = FindingsRequest.parse({ ...stretch, findings: [finding] })
  assert.deepEqual(await db.all(takeFindings(hash, report)), [{ kept: [fid] }])
  assert.deepEqual(await db.all(takeFindings(hash, report)), [], 'it counts once')

  const [lost] = await db.all(nextSearch(hash, deviceId))
  assert.deepEqual([lost?.fromNo, lost?.toNo, lost?.files[0]?.fid], [0, 1, fid])
  const found = { deviceId, fromNo: 0, toNo: 1, found: [Fid.parse(fid)] }
  assert.deepEqual(await db.all(takeFound(hash, found)), [{ found: 1 }])

  const [policies] = await db.all(nextPolicies())
  assert.ok(policies !== undefined)
  assert.deepEqual(await db.all(recordPolicies(policies, [])), [{ replanned: 0 }])
  await db.all(turnFsck(undefined))
  const [run] = await db.all(listFsck(15_000))
  assert.deepEqual([run?.state, run?.counts], ['done', { BSUM: 1, SRCH: 1, FOND: 1 }])
  const log = await db.all(readFsckLog({ after: 0, limit: 10 }))
  assert.deepEqual(
    log.map(({ code, key, detail }) => [code, key, detail]),
    [
      ['BSUM', 'a', finding.detail],
      ['SRCH', 'a', null],
      ['FOND', 'a', null],
    ],
  )
  const [facts] = await db.all(fileFacts(DomainName.parse('demo'), Key.parse('a')))
  assert.deepEqual([facts?.lost, facts?.lying.length], [null, 1])
}
