// `mog-agent`: runs the agent until it is told to stop, or somebody else has taken over. Events are
// lines on stdout; `agent.listening` says that it is ready.
import { logEvents } from '#shared/events.ts'
import type { Agent } from '../agent.ts'
import { readConfig } from '../config.ts'
import { giveUpAfter } from '../give-up.ts'
import { LINGER_MS, STOP_MS } from '../limits.ts'
import { notifyReady } from '../notify.ts'
import { sizeThreadPool } from '../pool-threads.ts'
import type { Predecessor } from '../rolling/predecessor.ts'
import type { Origin } from '../rolling/successor.ts'
import { boundYoungHeap } from '../young-heap.ts'

interface Start {
  /** With what the configuration file says. */
  env: Readonly<Record<string, string | undefined>>
  origin: Origin
  predecessor?: Predecessor
}

export async function run({ env, origin, predecessor }: Start): Promise<void> {
  const { logLevel: least, logForm: form, ...config } = readConfig(env)
  const always = logEvents('agent', { form })
  sizeThreadPool(config.root, config.processes)
  boundYoungHeap()
  const { startAgent } = await import('../agent.ts')
  const { Reloads } = await import('../rolling/reloads.ts')
  const { takeReloads } = await import('../rolling/reload-socket.ts')
  const reloads = new Reloads(origin, always, () => process.exit(1))
  process.on('SIGHUP', () => void reloads.reload())
  const events = logEvents('agent', { least, form })
  const agent = await startAgent({ ...config, events, predecessor })
  const asked = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, asked.resolve)
  reloads.isPossibleFor(agent)
  await using _ = await takeReloads(config.root, reloads.reload)
  const { url, internalUrl } = agent
  always.emit('info', 'agent.listening', { url, internalUrl, pid: process.pid })
  await notifyReady(env)
  predecessor?.owning()

  const why = await Promise.race([asked.promise, reloads.replaced])
  if (await reloads.isDone()) return await linger(agent)
  always.emit('info', 'agent.stopping', { signal: why })
  giveUpAfter(2 * STOP_MS)
  await agent[Symbol.asyncDispose]()
}

/** Somebody else is the agent: what is left are connections, and the answers under way on them. */
async function linger(agent: Agent): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0))
  setTimeout(() => process.exit(0), LINGER_MS)
  await agent.leave()
  process.exit(0)
}
