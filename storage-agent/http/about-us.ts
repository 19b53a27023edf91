// What the agent says of itself, by fixed URLs: that it lives, whether it may serve, its metrics.
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { EXPOSITION_TYPE } from '#shared/metrics/exposition.ts'
import { Problem } from '#shared/problems.ts'
import { usageText } from '../side-channel/usage-file.ts'
import { type HttpDeps, sendJson } from './exchange.ts'

type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  deps: HttpDeps,
) => void | Promise<void>

const answers: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ['/', root],
  ['/health', health],
  ['/live', live],
  ['/ready', ready],
  ['/metrics', metrics],
])

const USAGE = /^\/+dev([1-9]\d{0,8})\/usage$/

/** Whoever shows a credential at the root browses. */
export const isAboutUs = ({ url = '', headers }: IncomingMessage): boolean =>
  (answers.has(url) && (url !== '/' || headers.authorization === undefined)) || USAGE.test(url)

export async function tellAboutUs(
  url: string,
  request: IncomingMessage,
  response: ServerResponse,
  deps: HttpDeps,
): Promise<void> {
  const [, deviceId] = USAGE.exec(url) ?? []
  if (deviceId !== undefined) return usage(Number(deviceId), response, deps)
  await answers.get(url)?.(request, response, deps)
}

/** `mogadm check` fetches it to see whether a host answers. */
function root(_: IncomingMessage, response: ServerResponse): void {
  sendText(response, 'text/plain', 'A storage node of mogile-edge.\n')
}

/** How full a device is, as mogstored says it: `mogadm check` asks for it, with two slashes. */
function usage(number: number, response: ServerResponse, { devices, trackerNowMs }: HttpDeps) {
  const device = devices.all().find(({ deviceId }) => deviceId === number)
  if (device === undefined) throw new Problem('unknown_route')
  const { gauge, deviceId } = device
  sendText(response, 'text/plain', usageText(gauge, `dev${deviceId}`, trackerNowMs()))
}

/** For who would restart a process that hangs: this one runs. */
function live(_: IncomingMessage, response: ServerResponse): void {
  sendJson(response, 200, { status: 'ok' })
}

/** For people: this agent runs, and how its devices are. */
function health(_: IncomingMessage, response: ServerResponse, { hostId, devices }: HttpDeps): void {
  const found = devices.all().map(({ deviceId, state, gauge: { condition, reason }, measured }) => {
    return { deviceId, state, condition, reason, quarantined: measured.quarantined }
  })
  const isWell = found.every(({ condition }) => condition !== 'fenced')
  sendJson(response, 200, { status: isWell ? 'ok' : 'degraded', hostId, devices: found })
}

/** For load balancers: 200 while a client who comes with a good ticket can be served. */
function ready(_: IncomingMessage, response: ServerResponse, { devices }: HttpDeps): void {
  const all = devices.all()
  const readable = all.filter(({ isReadable }) => isReadable).length
  const writable = all.filter(({ isWritable }) => isWritable).length
  const isReady = readable > 0
  sendJson(response, isReady ? 200 : 503, { ready: isReady, readable, writable })
}

async function metrics(
  request: IncomingMessage,
  response: ServerResponse,
  { metrics: { text, token }, isLocal = false }: HttpDeps,
): Promise<void> {
  if (token === undefined && !isFromThisHost(request, isLocal))
    throw new Problem('forbidden', { reason: 'from elsewhere only with MOG_METRICS_TOKEN' })
  if (token !== undefined && !bears(request, token)) throw new Problem('unauthorized')
  sendText(response, EXPOSITION_TYPE, await text())
}

function sendText(response: ServerResponse, type: string, body: string): void {
  const length = Buffer.byteLength(body)
  response.writeHead(200, { 'content-type': type, 'content-length': length }).end(body)
}

const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/
/** A proxy on this host that serves others says so by one of them, or is told a token. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via', 'x-sendfile-type']

function isFromThisHost({ socket, headers }: IncomingMessage, isLocal: boolean): boolean {
  const isForwarded = FORWARDED.some((name) => headers[name] !== undefined)
  return (isLocal || LOOPBACK.test(socket.remoteAddress ?? '')) && !isForwarded
}

function bears({ headers }: IncomingMessage, token: string): boolean {
  const [given, wanted] = [Buffer.from(headers.authorization ?? ''), Buffer.from(`Bearer ${token}`)]
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
