// A journal's thread: what it loads, what it answers, and what becomes of what it cannot do.
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { codeOf } from '#agent/disk/failures.ts'
import { Journal } from '#agent/disk/journal/journal.ts'
import { fileOf } from '#agent/disk/layout.ts'
import { JOURNAL_HALF_BYTES } from '#agent/limits.ts'
import { Fid } from '#shared/ids.ts'
import { tempDir } from '#test/support/temp-dir.ts'

const entry = fileURLToPath(import.meta.resolve('#agent/disk/journal/thread.ts'))
const stuck = (error: unknown) => assert.fail(String(error))
const digestOf = (body: Uint8Array) => hash('sha256', body, 'buffer')

async function deviceIn(root: string): Promise<string> {
  for (const name of ['journal', 'tmp']) await mkdir(join(root, name))
  return root
}

const store = (journal: Journal, fid: number, text: string) => {
  const body = Buffer.from(text)
  return journal.store(Fid.parse(fid), body, digestOf(body))
}

const textOf = (root: string, fid: number) => readFile(root + fileOf(Fid.parse(fid)), 'utf8')

test('it loads a few files of ours, and no package', async () => {
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'cjs',
  })
  const inputs = Object.entries(metafile.inputs)
  assert.deepEqual(
    inputs.filter(([file]) => file.includes('node_modules')),
    [],
  )
  const bytes = inputs.reduce((sum, [, input]) => sum + input.bytes, 0)
  assert.ok(bytes < 100_000, `${bytes} bytes of source, for each device`)
})

test('what comes at once is answered one by one', async () => {
  await using dir = await tempDir()
  const root = await deviceIn(dir.path)
  await using journal = await Journal.open(root, stuck)
  assert.equal(await store(journal, 7, 'old'), 'stored')
  const answers = [1, 2, 7, 3].map((fid) => store(journal, fid, `${fid}`))
  assert.deepEqual(await Promise.all([...answers, store(journal, 7, 'old')]), [
    'stored',
    'stored',
    'other_bytes',
    'stored',
    'kept',
  ])
  for (const fid of [1, 2, 3]) assert.equal(await textOf(root, fid), `${fid}`)
  assert.equal(await textOf(root, 7), 'old')
})

test('a file that cannot be created is refused with its code, and not brought back', async () => {
  await using dir = await tempDir()
  const root = await deviceIn(dir.path)
  let left: Buffer
  {
    await using journal = await Journal.open(root, stuck)
    // where its directory should be there is a file
    await mkdir(join(root, '0/000'), { recursive: true })
    await writeFile(join(root, '0/000/005'), 'in the way')
    const [one, other] = await Promise.allSettled([
      store(journal, 5_001, 'x'),
      store(journal, 6_001, 'y'),
    ])
    assert.equal(one.status === 'rejected' && codeOf(one.reason), 'ENOTDIR')
    assert.deepEqual(other, { status: 'fulfilled', value: 'stored' })
    assert.equal(await textOf(root, 6_001), 'y')
    left = await readFile(join(root, 'journal/1'))
  }

  await rm(join(root, '0/000/005'))
  await writeFile(join(root, 'journal/1'), left)
  await rm(root + fileOf(Fid.parse(6_001)))
  await using next = await Journal.open(root, stuck)
  assert.equal(next.restored, 1, 'what was acknowledged, and nothing else')
  assert.equal(await textOf(root, 6_001), 'y')
  await assert.rejects(textOf(root, 5_001), { code: 'ENOENT' })
})

test('a journal that cannot be opened says why, and goes on when it can', async () => {
  await using dir = await tempDir()
  const root = await deviceIn(dir.path)
  await using journal = await Journal.open(root, stuck)
  await rename(join(root, 'journal'), join(root, 'elsewhere'))
  await assert.rejects(store(journal, 1, 'x'), { code: 'ENOENT' })
  await rename(join(root, 'elsewhere'), join(root, 'journal'))
  assert.equal(await store(journal, 1, 'x'), 'stored')
})

test('a file is forgotten once it was written, also when its half is full by then', async () => {
  await using dir = await tempDir()
  const root = await deviceIn(dir.path)
  const body = 'x'.repeat(64 * 1024)
  const many = Math.ceil((1.2 * JOURNAL_HALF_BYTES) / body.length)
  let left: Buffer[]
  {
    await using journal = await Journal.open(root, stuck)
    await journal.forget(Fid.parse(1)) // there is nothing to forget, and no thread for it
    const answers = await Promise.all(
      Array.from({ length: many }, (_, index) => store(journal, index + 1, body)),
    )
    assert.ok(answers.every((answer) => answer === 'stored'))
    await journal.forget(Fid.parse(1))
    await journal.forget(Fid.parse(many))
    left = await Promise.all(['1', '2'].map((name) => readFile(join(root, 'journal', name))))
  }

  for (const [index, content] of left.entries())
    await writeFile(join(root, 'journal', String(index + 1)), content)
  for (const fid of [1, 2, many]) await rm(root + fileOf(Fid.parse(fid)))
  await using _ = await Journal.open(root, stuck)
  await assert.rejects(textOf(root, 1), { code: 'ENOENT' })
  await assert.rejects(textOf(root, many), { code: 'ENOENT' })
})
