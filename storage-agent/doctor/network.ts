// The trackers, the clock, and our own addresses: can the agent be heard, and does it hear?
import { once } from 'node:events'
import { createServer } from 'node:net'
import { request } from 'undici'
import type { Clock } from '#shared/clock.ts'
import { codeOf } from '../disk/failures.ts'
import { TRACKER_CONNECT_MS } from '../limits.ts'
import { doubtful, type Finding, reasonOf, well, wrong } from './finding.ts'

/** Tickets are dated by the trackers' time, whatever ours is; logs and certificates are not. */
const MAX_SKEW_MS = 5_000

export async function judgeTracker(url: string, clock: Clock): Promise<Finding[]> {
  const about = `tracker ${url}`
  try {
    const sentAtMs = clock.nowMs()
    const { statusCode, headers, body } = await ask(`${url}/health`)
    await body.dump()
    const middleMs = (sentAtMs + clock.nowMs()) / 2
    if (statusCode !== 200)
      return [wrong(about, `answers ${statusCode}`, 'look at its log: is its database there?')]
    return [well(about, 'answers'), ...judgeClock(String(headers['date']), middleMs)]
  } catch (error) {
    const remedy = 'look at MOG_TRACKER_URL, at DNS and at firewalls between here and there'
    return [wrong(about, `does not answer: ${reasonOf(error)}`, remedy)]
  }
}

/** A Date header has whole seconds, and is as old as its way here. */
export function judgeClock(date: string, nowMs: number): Finding[] {
  const trackerMs = Date.parse(date)
  if (Number.isNaN(trackerMs)) return []
  const skewMs = Math.abs(trackerMs + 500 - nowMs)
  if (skewMs <= MAX_SKEW_MS) return [well('clock', 'agrees with the tracker')]
  const seconds = Math.round(skewMs / 1_000)
  const remedy = 'let chrony or systemd-timesyncd set it: timedatectl set-ntp true'
  return [doubtful('clock', `is ${seconds} s away from the tracker's`, remedy)]
}

interface Address {
  host: string
  port: number
}

/** Taken by an agent of this root, if one runs; otherwise it must be free. */
export async function judgePort(
  about: string,
  { host, port }: Address,
  isRunning: boolean,
): Promise<Finding[]> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    server.close()
    if (!isRunning) return [well(about, `${host}:${port} is free for the agent`)]
    return [doubtful(about, `an agent runs, but not at ${host}:${port}`, 'restart it')]
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EADDRINUSE' && isRunning) return [well(about, `the agent is at ${host}:${port}`)]
    const remedies: Record<string, string> = {
      EADDRINUSE: `find who has it: ss -ltnp 'sport = :${port}'`,
      EACCES: 'choose a port from 1024 on, or give the unit CAP_NET_BIND_SERVICE',
      EADDRNOTAVAIL: `this host has no address ${host}: see ip address`,
    }
    const remedy = remedies[code ?? ''] ?? `look at ${about}`
    return [wrong(about, `${host}:${port}: ${code ?? reasonOf(error)}`, remedy)]
  }
}

/** Where clients are sent to: only to be tried while the agent runs. */
export async function judgePublicUrl(url: string): Promise<Finding[]> {
  try {
    const { statusCode, body } = await ask(`${url}/health`)
    await body.dump()
    if (statusCode === 200) return [well('public URL', `${url} leads here`)]
    const remedy = 'what stands in front of the agent must pass all paths to it'
    return [doubtful('public URL', `${url}/health answers ${statusCode}`, remedy)]
  } catch (error) {
    const remedy = 'clients may still reach it, where this host does not: try from one of them'
    return [doubtful('public URL', `${url} does not answer: ${reasonOf(error)}`, remedy)]
  }
}

const ask = (url: string) =>
  request(url, {
    headersTimeout: TRACKER_CONNECT_MS,
    bodyTimeout: TRACKER_CONNECT_MS,
    signal: AbortSignal.timeout(2 * TRACKER_CONNECT_MS),
  })
