// The `!` commands (MogileFS section 2): about this gateway, which has no workers of its own. Every
// answer ends with a line that is a dot. Nobody is ended or resized by whoever can connect.
import type { Activity } from './activity.ts'
import { MAX_UNDER_WAY } from './limits.ts'
import { VERSION } from './version.ts'

const BANG = /^!(\w+)\s*(.*)$/

type Watcher = (text: string) => void

/** `watcher` is how the client that asks is told of what goes wrong, once it wants to be. */
export function answerBang(activity: Activity, line: string, watcher: Watcher): string {
  const [, name = '', rest = ''] = BANG.exec(line) ?? []
  const known = Object.hasOwn(answers, name.toLowerCase()) ? answers[name.toLowerCase()] : undefined
  const lines = (known ?? help)({ activity, rest, watcher })
  return [...lines, '.', ''].join('\r\n')
}

interface Bang {
  activity: Activity
  rest: string
  watcher: Watcher
}

const answers: Readonly<Record<string, (bang: Bang) => readonly string[]>> = {
  version: () => [VERSION],
  stats: ({ activity }) => {
    const { underWay, commands, clients, startedAtMs } = activity
    const told = {
      uptime: Math.floor((performance.now() - startedAtMs) / 1_000),
      pending_queries: 0,
      processing_queries: underWay.size,
      bored_queryworkers: Math.max(MAX_UNDER_WAY - underWay.size, 0),
      queries: commands,
      times_out_of_qworkers: 0,
      clients,
    }
    return Object.entries(told).map(([name, value]) => `${name} ${value}`)
  },
  jobs: () => ['queryworker count 1', 'queryworker desired 1', `queryworker pids ${process.pid}`],
  queue: ({ activity }) =>
    [...activity.underWay].map(
      ({ line, from, sinceMs }) => `${secondsSince(sinceMs)} ${from} ${line}`,
    ),
  recent: ({ activity }) =>
    activity.recent().map(({ line, tookMs }) => `${(tookMs / 1_000).toFixed(4)} ${line}`),
  watch: ({ activity, watcher }) => [
    activity.watch(watcher) ? 'You are told of what goes wrong.' : 'You are told no more.',
  ],
  want: ({ rest }) => [`There are no workers to be wanted (${rest}): agents do the jobs.`],
  to: ({ rest }) => [`There is no worker to be told (${rest}).`],
  shutdown: () => ['A gateway is stopped on its own host, not from here.'],
}

function help(): readonly string[] {
  return Object.keys(answers).map((name) => `!${name}`)
}

const secondsSince = (sinceMs: number) => ((performance.now() - sinceMs) / 1_000).toFixed(4)
