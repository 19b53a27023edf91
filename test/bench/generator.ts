// The generator, seen from the bench: a process of its own, so that what it costs is told apart and
// its loop waits for nobody.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import type { Outcome } from './load/repeat.ts'
import type { Task } from './load/tasks.ts'

export interface Generator extends AsyncDisposable {
  pid: number
  /** One at a time. Throws what went wrong there: one refused request spoils a measurement. */
  run(task: Task): Promise<Outcome>
}

const program = fileURLToPath(import.meta.resolve('./load/main.ts'))

export function startGenerator(): Generator {
  const child = fork(program, { serialization: 'advanced' })
  return {
    pid: child.pid ?? 0,
    run: (task) => ask(child, task),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    },
  }
}

const Said = z.union([
  z.object({
    outcome: z.object({
      done: z.number(),
      ms: z.number(),
      bytes: z.number(),
      p50Ms: z.number(),
      p99Ms: z.number(),
    }),
  }),
  z.object({ failure: z.string() }),
])

async function ask(child: ChildProcess, task: Task): Promise<Outcome> {
  const settled = new AbortController()
  const { signal } = settled
  const ended = async () => {
    await once(child, 'exit', { signal })
    return [{ failure: 'it has ended' }]
  }
  try {
    child.send(task)
    const [message] = await Promise.race([once(child, 'message', { signal }), ended()])
    const said = Said.parse(message)
    if ('outcome' in said) return said.outcome
    throw new Error(`the generator: ${said.failure}`)
  } finally {
    settled.abort()
  }
}
