// The options of `npm start`, parsed and refused with the nearest right word.
import { parseArgs } from 'node:util'
import { ClusterError } from './cluster-state.ts'
import type { TrackerKind } from './tracker-process.ts'

export interface StartOptions {
  port: number
  state: string
  /** The state folder is the demo's own: it begins empty, and goes if all was well. */
  throwaway: boolean
  hosts: number
  devices: number
  tracker: TrackerKind
  /** Runs the demo and ends: on the files of this directory, or on installed packages. */
  demo: boolean
  demoDir: string | undefined
}

const DEFAULT_PORT = 7080
const DEFAULT_STATE = '.mogile'
/** The demo leaves a dead host behind: not in the state that is worked with. */
const DEMO_STATE = '.mogile/demo'

export const usage = `npm start -- [--port N] [--state DIR] [--hosts N] [--devices N]
             [--tracker worker|node] [--demo [DIR]]

  --port N      where the tracker listens (${DEFAULT_PORT}; the demo: a free one)
  --state DIR   where everything is kept (${DEFAULT_STATE})
  --hosts N     how many storage agents (3)
  --devices N   how many devices each has (2)
  --tracker T   worker: the deployable Worker in workerd, with the Neon driver (default)
                node: the same app on Node, with pg
  --demo [DIR]  store, kill, heal, delete, check; then end

DATABASE_URL=postgres://... uses that database instead of starting one.`

export function parseStartOptions(args: readonly string[]): StartOptions {
  const { values, positionals } = parse(args)
  const demo = values.demo ?? false
  const [demoDir, ...rest] = positionals
  if (rest.length > 0 || (demoDir !== undefined && !demo))
    throw new ClusterError(`unexpected ${positionals.join(' ')}\n\n${usage}`)
  if (values.tracker !== 'worker' && values.tracker !== 'node')
    throw new ClusterError(`--tracker is worker or node, not ${values.tracker}`)
  return {
    port: wholeNumber('port', values.port ?? String(demo ? 0 : DEFAULT_PORT), 0, 65_535),
    state: values.state ?? (demo ? DEMO_STATE : DEFAULT_STATE),
    throwaway: demo && values.state === undefined,
    hosts: wholeNumber('hosts', values.hosts, 1, 26),
    devices: wholeNumber('devices', values.devices, 1, 64),
    tracker: values.tracker,
    demo,
    demoDir,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        state: { type: 'string' },
        hosts: { type: 'string', default: '3' },
        devices: { type: 'string', default: '2' },
        tracker: { type: 'string', default: 'worker' },
        demo: { type: 'boolean' },
      },
    })
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('. ')
    throw new ClusterError(`${reason}\n\n${usage}`, { cause: error })
  }
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new ClusterError(`--${name} is a whole number from ${least} to ${most}, not ${text}`)
}
