// Clients that take their time on purpose (slowloris): by the hundred they hold their own
// connections, and nobody else's; and nobody holds one for ever.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { startHost } from '../agent/support/host.ts'
import { trackerWorld } from '../support/world.ts'
import { targetOf } from './raw-http.ts'

const MANY = 400

class SlowClients implements Disposable {
  readonly #sockets: Socket[] = []

  /** So many clients that have said this much, and say no more. */
  async stall(url: string, said: string): Promise<void> {
    const { hostname, port } = new URL(url)
    await Promise.all(
      Array.from({ length: MANY }, async () => {
        const socket = connect(Number(port), hostname)
        this.#sockets.push(socket)
        socket.on('error', () => undefined)
        await once(socket, 'connect')
        socket.write(said)
      }),
    )
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}

test('a node serves others while hundreds stall in every place', async () => {
  await using host = await startHost()
  await fetch(host.put(1), { method: 'PUT', body: 'hello' })
  using slow = new SlowClients()
  const { url } = host.agent
  await slow.stall(url, '')
  await slow.stall(url, 'GET /dev1')
  await slow.stall(url, `GET ${targetOf(host.get(1))} HTTP/1.1\r\nhost: x\r\nx: `)
  const put = `PUT ${targetOf(host.put(2))} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n`
  await slow.stall(url, `${put}half`)
  assert.equal(await (await fetch(host.get(1))).text(), 'hello')
  assert.equal((await fetch(host.put(3), { method: 'PUT', body: 'hello' })).status, 201)
})

test('a reader that takes nothing holds up no other', async () => {
  await using host = await startHost()
  const large = Buffer.alloc(8_000_000, 'x')
  await fetch(host.put(1), { method: 'PUT', body: large })
  using slow = new SlowClients()
  const get = `GET ${targetOf(host.get(1))} HTTP/1.1\r\nhost: x\r\n\r\n`
  await slow.stall(host.agent.url, get)
  const read = await (await fetch(host.get(1))).arrayBuffer()
  assert.equal(read.byteLength, large.length)
})

test('a tracker serves others while hundreds stall in every place', async () => {
  await using world = await trackerWorld({ hosts: 1 })
  const { url } = world.tracker()
  using slow = new SlowClients()
  await slow.stall(url, '')
  await slow.stall(url, 'POST /v1/dom')
  const head = `host: x\r\nauthorization: Bearer ${world.adminKey}\r\n`
  await slow.stall(url, `POST /v1/domains/demo/uploads HTTP/1.1\r\n${head}x: `)
  const post = `POST /v1/domains/demo/uploads HTTP/1.1\r\n${head}content-length: 100\r\n\r\n{"key":`
  await slow.stall(url, post)
  assert.equal((await world.call('GET', '/v1/domains/demo/files')).status, 200)
  assert.ok((await world.put('a')).fid > 0)
})
