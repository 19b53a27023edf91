// An agent as it runs on a host: `mog-agent` in a process of its own, which a test may kill.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'

const program = fileURLToPath(import.meta.resolve('#agent/main.ts'))

const Line = z.looseObject({
  event: z.string(),
  url: z.string().optional(),
  pid: z.number().optional(),
})

export interface AgentProcess extends AsyncDisposable {
  url: string
  pid: number
  lines: z.infer<typeof Line>[]
  /** Sends the signal and resolves with the exit code when the process is gone. */
  end: (signal: NodeJS.Signals) => Promise<number | null>
}

type Environment = Readonly<Record<string, string>>

const environment = (own: Environment) => ({
  PATH: process.env['PATH'],
  TMPDIR: process.env['TMPDIR'],
  ...own,
})

export async function startAgentProcess(
  own: Environment,
  args: readonly string[] = [],
): Promise<AgentProcess> {
  const child = spawn(process.execPath, [program, ...args], {
    env: environment(args.length > 0 ? own : { MOG_LISTEN: '127.0.0.1:0', ...own }),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: z.infer<typeof Line>[] = []
  const listening = Promise.withResolvers<string>()
  createInterface({ input: child.stdout }).on('line', (written) => {
    const line = Line.parse(JSON.parse(written))
    lines.push(line)
    if (line.event === 'agent.listening') listening.resolve(line.url ?? '')
  })
  child.once('exit', (code) => listening.reject(new Error(`the agent ended with ${code}`)))
  const end = (signal: NodeJS.Signals) => endChild(child, signal)
  return {
    url: await listening.promise,
    pid: child.pid ?? 0,
    lines,
    end,
    [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
  }
}

async function endChild(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal)
    await once(child, 'exit')
  }
  return child.exitCode
}

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs `mog-agent` with these arguments to its end. */
export async function runAgent(args: readonly string[], own: Environment = {}): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], {
    env: environment(own),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exit = once(child, 'exit')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  await exit
  return { code: child.exitCode, stdout, stderr }
}
