// Agents and trackers of different versions side by side, as while they are being replaced: one
// agent and the tracker say things to each other that the other does not know yet.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import * as z from 'zod'
import { LOOPBACK, listenOnLoopback } from '#infra/dev/loopback.ts'
import { PROTOCOL_VERSION } from '#shared/wire/agents.ts'
import { untilDisksMatch } from '#test/support/disks.ts'
import { localCluster } from '#test/support/local-cluster.ts'
import { expectAll, manyContents, putAll } from '#test/support/many-files.ts'
import { untilTrue } from '#test/support/until-true.ts'
import { trackerWorld } from '#test/support/world.ts'

const Message = z.record(z.string(), z.unknown())
type Message = z.infer<typeof Message>
const Messages = z.array(Message)
type Version = Record<'asked' | 'answered', (message: Message) => Message>

/** Knows more: fields everywhere, and a kind of job. */
const tomorrow: Version = {
  asked: ({ devices, ...message }) => ({
    ...message,
    ...(devices !== undefined && {
      devices: Messages.parse(devices).map((each) => Object.assign(each, { wear: 0.5 })),
    }),
    mood: 'new',
  }),
  answered: ({ jobs, ...message }) => ({
    ...message,
    ...(jobs !== undefined && {
      jobs: [...Messages.parse(jobs), { kind: 'defragment', jobId: 1, attempt: 1 }],
    }),
    weather: { wind: 3 },
  }),
}
/** Knows less: says nothing that it need not say. */
const yesterday: Version = {
  asked: ({ keyIds: _k, started: _s, done, failed, renew, ...message }) => ({
    ...message,
    ...Object.fromEntries(
      Object.entries({ done, failed, renew }).filter(
        ([, list]) => Array.isArray(list) && list.length > 0,
      ),
    ),
  }),
  answered: (message) => message,
}

/** Stands between agents and a tracker, and makes of each message what this version would. */
async function translate(parts: AsyncDisposableStack, version: Version, trackerUrl: string) {
  const server = createServer((request, response) => {
    void (async () => {
      const { authorization } = request.headers
      const asked = version.asked(Message.parse(JSON.parse(await text(request))))
      const answer = await fetch(`${trackerUrl}${request.url}`, {
        method: 'POST',
        headers: { ...(authorization !== undefined && { authorization }) },
        body: JSON.stringify(asked),
      })
      const said = Message.parse(await answer.json())
      const type = answer.headers.get('content-type') ?? ''
      response.writeHead(answer.status, { 'content-type': type })
      response.end(JSON.stringify(answer.ok ? version.answered(said) : said))
    })().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
  const port = await listenOnLoopback(server)
  parts.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://${LOOPBACK}:${port}`
}

test('agents of tomorrow and of yesterday work with the tracker of today', async () => {
  await using parts = new AsyncDisposableStack()
  const versions = [tomorrow, yesterday].values()
  const trackerUrlForAgents = async (url: string) => {
    const { value: version } = versions.next()
    return version === undefined ? url : translate(parts, version, url)
  }
  const cluster = parts.use(await localCluster({ trackerUrlForAgents, hosts: 3 }))
  const contents = manyContents('mixed', 30)
  await putAll(cluster.files, contents)
  const twice = async (key: string) => (await cluster.files.info(key)).deviceIds.length === 2
  for (const key of contents.keys()) await untilTrue(() => twice(key), `${key} has two copies`)
  await expectAll(cluster.files, contents)
  for (const key of [...contents.keys()].slice(0, 5)) await cluster.files.delete(key)
  await untilDisksMatch(cluster)
})

test('an agent whose protocol is not spoken is told which ones are', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const device = { url: 'http://10.0.0.1:1', version: 'x', keyVersion: 1, devices: [], want: 0 }
  const refused = await world.host(0).ask('sync', { ...device, protocol: PROTOCOL_VERSION + 1 })
  assert.equal(refused.code, 'invalid_request')
  assert.match(JSON.stringify(refused.body), /spoken.*oldest.*newest/)
})
