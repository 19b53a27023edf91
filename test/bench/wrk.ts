// wrk as the generator of plain GETs, where it is installed: it costs a third of what ours does, so
// that the server is what is measured. Many paths, by a script in its own Lua.
import { execFile, execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as z from 'zod'
import { LOOPBACK } from '#infra/dev/loopback.ts'
import type { Outcome } from './load/repeat.ts'

/** Paths, one a line, are sent in turn; what `done` prints is read back. */
const script = `
local requests = {}
function init(args)
  if args[2] then wrk.headers['range'] = args[2] end
  for path in io.lines(args[1]) do requests[#requests + 1] = wrk.format('GET', path) end
end
local sent = 0
function request()
  sent = sent % #requests + 1
  return requests[sent]
end
function done(summary, latency)
  local e = summary.errors
  print(string.format(
    '{"done":%d,"ms":%.3f,"bytes":%.0f,"p50Ms":%.4f,"p99Ms":%.4f,"errors":%d}',
    summary.requests, summary.duration / 1000, summary.bytes,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.connect + e.read + e.write + e.status + e.timeout))
end`

const Said = z.object({
  done: z.number(),
  ms: z.number(),
  bytes: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  errors: z.number(),
})

export const hasWrk = (): boolean => {
  try {
    execFileSync('which', ['wrk'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export interface WrkAsk {
  dir: string
  port: number
  paths: readonly string[]
  connections: number
  ms: number
  /** Of each file. */
  range?: string | undefined
}

export async function runWrk(ask: WrkAsk): Promise<Outcome> {
  const { dir, port, paths, connections, ms, range } = ask
  const [scriptFile, pathsFile] = [join(dir, 'wrk.lua'), join(dir, `wrk-${port}.paths`)]
  await writeFile(scriptFile, script)
  await writeFile(pathsFile, `${paths.join('\n')}\n`)
  // wrk counts in whole seconds
  const options = ['-t1', `-c${connections}`, `-d${Math.max(1, Math.round(ms / 1_000))}s`]
  const args = [...options, '-s', scriptFile, `http://${LOOPBACK}:${port}`, '--', pathsFile]
  if (range !== undefined) args.push(range)
  const { stdout } = await promisify(execFile)('wrk', args)
  const said = stdout.split('\n').find((line) => line.startsWith('{')) ?? ''
  const { errors, ...outcome } = Said.parse(JSON.parse(said))
  if (errors > 0) throw new Error(`wrk counted ${errors} errors:\n${stdout}`)
  return outcome
}
