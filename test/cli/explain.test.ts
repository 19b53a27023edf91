// Why a file lies where it lies, on the command line.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { standIn } from '#test/client/stand-in.ts'
import { answer } from './answer.ts'
import { mog } from './mog.ts'

const told = {
  domain: 'demo',
  key: 'a',
  fid: 7,
  class: 'default',
  bytes: 1,
  policy: 'MultipleHosts()',
  wantedCopies: 2,
  verdict: 'short',
  verdictWhenDone: 'short',
  stuck: 'no device can take a copy',
  says: ['demo/a is fid 7.', '1 copy counts: the file is short of its policy.'],
  copies: [],
  candidates: [{ deviceId: 3, host: 'b', rank: null, says: 'it is marked down' }],
  jobs: [],
  shortfall: null,
  lost: null,
}

test('an explanation is its sentences, with --devices a table of places besides', async () => {
  await using world = await standIn({ nodes: 1 })
  const sentences = `${told.says.join('\n')}\n`
  answer(world, 200, told)
  assert.equal((await mog(['explain', 'a'], { cwd: '/', world })).out, sentences)
  assert.equal(world.asked.at(-1), 'tracker GET /v1/domains/demo/explain?key=a')

  answer(world, 200, told)
  const { out } = await mog(['explain', 'a', '--devices'], { cwd: '/', world })
  const table = ['DEVICE  HOST  FOR THE NEXT COPY', '     3  b     it is marked down']
  assert.equal(out, `${sentences}\n${table.join('\n')}\n`)

  answer(world, 200, told)
  const json = await mog(['explain', 'a', '--json'], { cwd: '/', world })
  assert.deepEqual(JSON.parse(json.out), told)
})
