// `mog-agent`: runs the agent until it is told to stop. Events are lines on stdout;
// `agent.listening` says that it is ready.
import { logEvents } from '#shared/events.ts'
import { readConfig } from '../config.ts'
import { STOP_MS } from '../limits.ts'
import { notifyReady } from '../notify.ts'
import { sizeThreadPool } from '../pool-threads.ts'
import { boundYoungHeap } from '../young-heap.ts'

export async function run(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const { logLevel: least, logForm: form, ...config } = readConfig(env)
  const always = logEvents('agent', { form })
  sizeThreadPool(config.root, config.processes)
  boundYoungHeap()
  const { startAgent } = await import('../agent.ts')
  const agent = await startAgent({ ...config, events: logEvents('agent', { least, form }) })
  const { url, internalUrl } = agent
  always.emit('info', 'agent.listening', { url, internalUrl, pid: process.pid })
  await notifyReady(env)

  const asked = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, asked.resolve)
  const signal = await asked.promise
  always.emit('info', 'agent.stopping', { signal })
  // a disk that hangs would keep its thread, and so the process, for ever
  setTimeout(() => process.exit(1), 2 * STOP_MS).unref()
  await agent[Symbol.asyncDispose]()
}
