// `npm start`: the whole main job on this machine, with no account and no network. Ctrl-C stops
// everything; what was stored is there again at the next start.
import { rm } from 'node:fs/promises'
import { ChildFailed, type Exit } from './child.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { ClusterError } from './cluster-state.ts'
import { runDemo } from './demo.ts'
import { demoFiles } from './demo-files.ts'
import { parseStartOptions, type StartOptions } from './start-options.ts'

/** What a shell expects of a program that Ctrl-C ended. */
const INTERRUPTED = 130

const options = await orExplain(() => parseStartOptions(process.argv.slice(2)))
const stopping = Promise.withResolvers<NodeJS.Signals>()
process.once('SIGINT', stopping.resolve)
process.once('SIGTERM', stopping.resolve)

await orExplain(async () => {
  const demo = options.demo ? await demoFiles(options.demoDir) : undefined
  await using cluster = await startCluster({
    stateDir: options.state,
    anew: options.throwaway,
    hosts: options.hosts,
    devicesPerHost: options.devices,
    trackerKind: options.tracker,
    port: options.port,
    databaseUrl: process.env['DATABASE_URL'],
    onStep: (step) => console.log(`starting ${step} ...`),
  })
  if (demo !== undefined) {
    const interrupted = stopping.promise.then(() => INTERRUPTED)
    process.exitCode = await Promise.race([runDemo(cluster, demo), interrupted])
    return
  }
  console.log(greeting(cluster, options))
  let isStopping = false
  const tell = (who: string) => (exit: Exit) => {
    if (!isStopping) console.log(`${who} has ended (${exit.signal ?? `code ${exit.code}`})`)
  }
  void cluster.tracker.exited.then(tell('the tracker'))
  for (const { host, exited } of cluster.agents) void exited.then(tell(`agent ${host}`))
  await stopping.promise
  isStopping = true
  console.log('\nstopping ...')
})
if (options.throwaway) await clearUp(options.state)
process.exit() // an interrupted demo may still be waiting for something

async function clearUp(state: string): Promise<void> {
  const wasWell = process.exitCode === 0 || process.exitCode === INTERRUPTED
  if (wasWell) await rm(state, { recursive: true, force: true })
  else console.log(`what is left, and the logs, are in ${state}`)
}

/** Known failures are told in a sentence; anything else is a bug and keeps its stack. */
async function orExplain<Value>(work: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC'
    if (full) console.error('there is no disk space left: free some, or give another --state')
    else if (error instanceof ClusterError || error instanceof ChildFailed)
      console.error(error.message)
    else console.error(error)
    return process.exit(1)
  }
}

function greeting({ description }: Cluster, { state }: StartOptions): string {
  const { trackerUrl, clientKey, adminKey, domain, agents } = description
  const devices = agents.reduce((sum, agent) => sum + agent.devices.length, 0)
  const files = `$URL/v1/domains/${domain}/files`
  return `
mogile-edge is up: ${agents.length} agents with ${devices} devices; everything is kept in ${state}

  export URL=${trackerUrl}
  export KEY=${clientKey}

store     curl -L -T photo.jpg -H "Authorization: Bearer $KEY" ${files}/photo.jpg
fetch     curl -L -O -H "Authorization: Bearer $KEY" ${files}/photo.jpg
copies    curl -H "Authorization: Bearer $KEY" $URL/v1/domains/${domain}/paths/photo.jpg
delete    curl -X DELETE -H "Authorization: Bearer $KEY" ${files}/photo.jpg

or        npx mog put photo.jpg, npx mog ls, npx mog device ls, npx mog help
operate   export ADMIN_KEY=${adminKey}

Ctrl-C stops everything.`
}
