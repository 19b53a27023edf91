// GET /health, for load balancers and people: that this agent runs, and how its devices are.
import type { ServerResponse } from 'node:http'
import { type HttpDeps, sendJson } from './exchange.ts'

export function health(response: ServerResponse, { hostId, devices }: HttpDeps): void {
  const found = devices.all().map(({ deviceId, state, gauge: { condition, reason } }) => {
    return { deviceId, state, condition, reason }
  })
  const isWell = found.every(({ condition }) => condition !== 'fenced')
  sendJson(response, 200, { status: isWell ? 'ok' : 'degraded', hostId, devices: found })
}
