// Puts the simulated platform below the agents: what `storage-agent` imports of Node and of undici
// is a stand-in of ours; the agents themselves are, line for line, those of production.
import { registerHooks } from 'node:module'
import { putTimersInPlace } from './timers.ts'

const standIns: ReadonlyMap<string, URL> = new Map([
  ['node:fs', new URL('./fs.ts', import.meta.url)],
  ['node:fs/promises', new URL('./fs-promises.ts', import.meta.url)],
  ['node:http', new URL('./http.ts', import.meta.url)],
  ['node:perf_hooks', new URL('./perf-hooks.ts', import.meta.url)],
  ['node:child_process', new URL('./child-process.ts', import.meta.url)],
  ['node:timers/promises', new URL('./timers-promises.ts', import.meta.url)],
  ['node:worker_threads', new URL('./worker-threads.ts', import.meta.url)],
  ['undici', new URL('./undici.ts', import.meta.url)],
])

/** What else there is in these. */
const harmless: ReadonlySet<string> = new Set(['node:http', 'node:perf_hooks'])

const AGENT = new URL('../../../storage-agent/', import.meta.url).href
const SIMULATED = 'simulated:'

/**
 * A name that a stand-in does not have can be imported: to call it is an error that says what the
 * simulation lacks, or the real thing where that reaches no disk, network or clock.
 */
async function sourceOf(specifier: string, standIn: URL): Promise<string> {
  const names = Object.keys(await exportsOf(specifier)).filter(
    (name) => /^\w+$/.test(name) && name !== 'default',
  )
  const lines = names.map((name) => {
    const lacks = `the simulation has no ${name} of ${specifier}`
    const missing = harmless.has(specifier)
      ? `real.${name}`
      : `function () { throw new Error(${JSON.stringify(lacks)}) }`
    return `const $${name} = own.${name} ?? ${missing}; export { $${name} as ${name} }`
  })
  const real = harmless.has(specifier) ? `import * as real from '${specifier}'` : ''
  return `import * as own from '${standIn.href}'\n${real}\n${lines.join('\n')}`
}

async function exportsOf(specifier: string): Promise<object> {
  const module: unknown = await import(specifier)
  return typeof module === 'object' && module !== null ? module : {}
}

let isInPlace = false

/** To be called before the agents' modules are loaded; once is enough. */
export async function putPlatformInPlace(): Promise<void> {
  if (isInPlace) return
  isInPlace = true
  const sources = new Map<string, string>()
  for (const [specifier, standIn] of standIns)
    sources.set(specifier, await sourceOf(specifier, standIn))

  registerHooks({
    resolve(specifier, context, next) {
      const isAgents = context.parentURL?.startsWith(AGENT) === true
      if (isAgents && standIns.has(specifier))
        return { url: SIMULATED + specifier, format: 'module', shortCircuit: true }
      return next(specifier, context)
    },
    load(url, context, next) {
      const source = url.startsWith(SIMULATED)
        ? sources.get(url.slice(SIMULATED.length))
        : undefined
      if (source === undefined) return next(url, context)
      return { format: 'module', source, shortCircuit: true }
    },
  })
  putTimersInPlace()
}
