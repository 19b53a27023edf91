// mogstored's side channel: what MogileFS's trackers ask of a node, and what hostile ones get.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { questionIn } from '#agent/side-channel/question.ts'
import { usageText } from '#agent/side-channel/usage-file.ts'
import { untilTrue } from '#test/support/until-true.ts'
import { type Host, startHost } from './support/host.ts'

const LISTEN = { host: '127.0.0.1', port: 0 }

interface Caller extends AsyncDisposable {
  socket: Socket
  send: (text: string) => void
  line: () => Promise<string | undefined>
}

async function call({ agent }: Pick<Host, 'agent'>): Promise<Caller> {
  assert.ok(agent.sidePort !== undefined)
  const socket = connect(agent.sidePort, '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => undefined)
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return {
    socket,
    send: (text) => void socket.write(text),
    line: async () => {
      try {
        const { done, value } = await lines.next()
        return done === true ? undefined : value
      } catch {
        return undefined // cut off in the middle of what we sent
      }
    },
    async [Symbol.asyncDispose]() {
      socket.destroy()
      await closed
    },
  }
}

async function lay(host: Host, fid: number, bytes: Buffer): Promise<string> {
  const path = host.fileOf(fid)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, bytes)
  return path.slice(host.root.length)
}

const hex = (algorithm: string, bytes: Buffer) => createHash(algorithm).update(bytes).digest('hex')

test('sizes and checksums of files, asked one after the other and all at once', async () => {
  await using host = await startHost({ sideListen: LISTEN })
  const [small, large] = [Buffer.from('small'), randomBytes(300_000)]
  const [one, two] = [await lay(host, 1, small), await lay(host, 2, large)]
  await using caller = await call(host)
  caller.send(`size ${one}\r\nsize ${two}\nMD5 ${two}\r\nSHA-1 ${one} fsck\r\n\r\nsize `)
  caller.send(`/dev1/0/000/000/0000000003.fid\r\nMD5 /dev1/0/000/000/0000000003.fid\r\n`)
  const answers = []
  for (let n = 0; n < 6; n++) answers.push(await caller.line())
  assert.deepEqual(answers, [
    `${one} 5`,
    `${two} 300000`,
    `${two} MD5=${hex('md5', large)}`,
    `${one} SHA-1=${hex('sha1', small)}`,
    '/dev1/0/000/000/0000000003.fid -1',
    '/dev1/0/000/000/0000000003.fid MD5=-1',
  ])
})

test('a disk that cannot be asked has no missing files: there is no answer', async () => {
  await using host = await startHost({ sideListen: LISTEN })
  const path = await lay(host, 1, Buffer.from('bytes'))
  await using other = await call(host)
  other.send('size /dev2/0/000/000/0000000001.fid\r\n')
  assert.equal(await other.line(), undefined, 'another device is not of this host')

  await rm(join(host.root, 'dev1/mogile-device.json'))
  await host.events.next('device.fenced')
  await using caller = await call(host)
  caller.send(`size ${path}\r\n`)
  assert.equal(await caller.line(), undefined)
})

test('who watches is told of every disk again and again', async () => {
  await using host = await startHost({ sideListen: LISTEN, devices: 2 })
  await using caller = await call(host)
  caller.send('watch\r\n')
  for (let n = 0; n < 2; n++) {
    for (const deviceId of [1, 2])
      assert.match((await caller.line()) ?? '', new RegExp(`^${deviceId}\t(-|[\\d.]+)$`))
    assert.equal(await caller.line(), '.')
  }
})

test('each device has a usage file that a tracker of MogileFS can read', async () => {
  await using host = await startHost({ sideListen: LISTEN })
  let text = ''
  await untilTrue(async () => {
    text = await readFile(join(host.root, 'dev1/usage'), 'utf8').catch(() => '')
    return text !== ''
  }, 'the usage file is there')
  const facts = new Map(
    [...text.matchAll(/^(\w+): (.*)$/gm)].map(([, name, value]) => [name, value]),
  )
  assert.deepEqual(
    [...facts.keys()],
    ['available', 'device', 'disk', 'time', 'total', 'use', 'used'],
  )
  assert.ok(Number(facts.get('total')) >= Number(facts.get('used')))
  assert.equal(
    usageText({ bytesTotal: 4_096_000, bytesFree: 1_024_000 }, '/d', 5_000),
    'available: 1000\ndevice: /d\ndisk: /d\ntime: 5\ntotal: 4000\nuse: 75%\nused: 3000\n',
  )
})

test('what is no question is refused, and what is no path is no file', () => {
  for (const line of [
    'shutdown',
    'size',
    'size ../../etc/passwd',
    'size /dev1/0/000/000/0000000001.fid x',
    'SHA-256 /dev1/0/000/000/0000000001.fid',
    'Size /dev1/0/000/000/0000000001.fid',
    'watch now',
    '\0',
  ])
    assert.deepEqual(questionIn(line), { ask: 'unknown' }, line)
  for (const path of ['/etc/passwd', '/dev1/../dev2/0/000/000/0000000001.fid', '/dev1/usage'])
    assert.deepEqual(questionIn(`size ${path}`), { ask: 'size', path, place: undefined })
})

test('random bytes, endless lines and floods cost nobody else anything', async () => {
  await using host = await startHost({ sideListen: LISTEN })
  const path = await lay(host, 1, Buffer.from('bytes'))
  await using endless = await call(host)
  endless.send('x'.repeat(100_000))
  assert.equal(await endless.line(), undefined)
  for (let n = 0; n < 20; n++) {
    await using noise = await call(host)
    noise.send(randomBytes(2_000).toString('latin1'))
    noise.send('\nsize\n')
  }

  // asks and asks, and never reads
  await using deaf = await call(host)
  deaf.socket.pause()
  const flood = `size ${path}\r\n`.repeat(10_000)
  const pour = () => deaf.socket.destroyed || deaf.socket.write(flood)
  deaf.socket.on('drain', pour)
  pour()
  await using caller = await call(host)
  caller.send(`size ${path}\r\n`)
  assert.equal(await caller.line(), `${path} 5`)
})

test('there is no side channel unless it is asked for', async () => {
  await using host = await startHost()
  assert.equal(host.agent.sidePort, undefined)
})
