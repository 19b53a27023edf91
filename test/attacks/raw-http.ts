// A client that says any bytes to a server, and reads whatever it answers until it hangs up.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { REQUEST_ID_HEADER } from '#shared/request-id.ts'

export interface RawAnswer {
  status: number
  /** In lower case; the last of several. */
  headers: ReadonlyMap<string, string>
  body: string
}

type Piece = string | Buffer

/**
 * Sends the pieces, each in a turn of its own, and returns all that is answered until the server
 * hangs up: the last request must ask it to. (Whoever hangs up first is not answered any more.)
 */
export async function say(url: string, ...pieces: readonly Piece[]): Promise<Buffer> {
  const line = await speak(url, pieces)
  await line.closed
  return line.heard()
}

/**
 * The same for bytes of which nobody knows what they are taken for. Where the server does not hang
 * up, it gets an answer's time and some turns to do so; then we do.
 */
export async function attack(url: string, bytes: Piece) {
  const line = await speak(url, [bytes])
  await Promise.race([line.closed, line.answered])
  for (let turn = 0; turn < TURNS && !line.isOver(); turn++)
    await (await fetch(`${url}/health`)).text()
  const hungUp = line.isOver()
  line.hangUp()
  await line.closed
  return { answers: answersOf(line.heard()), hungUp }
}

const TURNS = 20

async function speak(url: string, pieces: readonly Piece[]) {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined) // hung up on while we still speak: what was answered counts
  const closed = new Promise((resolve) => socket.once('close', resolve))
  const answered = new Promise((resolve) => socket.once('data', resolve))
  for (const piece of pieces) {
    if (!socket.writable) break
    socket.write(piece, 'latin1')
    await nextTurn()
  }
  return {
    closed,
    answered,
    isOver: () => socket.closed,
    heard: () => Buffer.concat(chunks),
    hangUp: () => socket.end(),
  }
}

const WITHOUT_BODY = new Set([204, 304])

/** The answers in the order of these methods; what follows the last of them fails. */
export function answersOf(said: Buffer, methods: readonly string[] = []): RawAnswer[] {
  const answers: RawAnswer[] = []
  let rest = said
  while (rest.length > 0) {
    const end = rest.indexOf('\r\n\r\n')
    assert.ok(end >= 0, `half an answer: ${String(rest)}`)
    const [line = '', ...fields] = rest.subarray(0, end).toString('latin1').split('\r\n')
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1])
    assert.ok(status > 0, `no status line: ${line}`)
    const headers = new Map(fields.map(fieldOf))
    const hasBody = methods[answers.length] !== 'HEAD' && !WITHOUT_BODY.has(status) && status >= 200
    const length = hasBody ? Number(headers.get('content-length') ?? rest.length - end - 4) : 0
    const begin = end + 4
    const body = rest.subarray(begin, begin + length).toString('latin1')
    assert.equal(body.length, length, 'a body as long as it was announced')
    rest = rest.subarray(begin + length)
    if (status >= 200) answers.push({ status, headers, body })
  }
  return answers
}

function fieldOf(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

/** A refusal has a number of its own, which may be of any length. */
const REQUEST_ID = /"requestId":"[^"]*"/

/** Without what may differ between two answers to the same question. */
export const withoutChance = (answers: readonly RawAnswer[]) =>
  answers.map(({ status, headers, body }) => {
    const length = REQUEST_ID.test(body) ? ['content-length'] : []
    const chance = new Set(['date', REQUEST_ID_HEADER, ...length])
    return {
      status,
      headers: [...headers].filter(([name]) => !chance.has(name)),
      body: body.replace(REQUEST_ID, ''),
    }
  })

/** A URL's path and query, as a request line has them. */
export const targetOf = (url: string): string => url.slice(new URL(url).origin.length)
