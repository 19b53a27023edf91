// PUT at a storage agent: what is stored, what is refused, and what is left behind.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { startHost } from './support/host.ts'

test('a file that was stored can be read back, and lies where MogileFS would look for it', async () => {
  await using host = await startHost()
  const stored = await fetch(host.put(1_234_567), { method: 'PUT', body: 'hello' })
  console.log(stored.status, await stored.text())
  assert.equal(stored.status, 201)
  assert.equal(await readFile(host.fileOf(1_234_567), 'utf8'), 'hello')
  const read = await fetch(host.get(1_234_567))
  assert.equal(await read.text(), 'hello')
  console.log(read.headers)
})
