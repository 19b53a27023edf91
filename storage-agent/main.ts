#!/usr/bin/env node
// `mog-agent` runs the agent of this host; `init` enrolls it before, `doctor` says what is wrong.
// Configured by the environment, and by a file below it (config-file.ts). Also the entry of the
// single executable, whose format knows no top-level await.
import { parseArgs } from 'node:util'
import { readConfigFile } from './config-file.ts'
import { UsageError } from './usage-error.ts'

const USAGE = `Usage:
  mog-agent [--config FILE]                run the agent
  mog-agent init --tracker URL[,URL] --token TOKEN --url URL [--devices N] [--root DIR]
                                           enroll this host and make N new devices (1)
  mog-agent init --device N [--root DIR]   make DIR/devN device N
  mog-agent adopt N... [--root DIR]        take over DIR/devN of MogileFS, with its files
  mog-agent inventory [--root DIR]         what the disks hold, for \`mog rebuild load\`
  mog-agent quarantine ls                  damaged bytes that were kept; \`... erase NAME...\`
  mog-agent reload                         replace the running agent, refusing no request
  mog-agent doctor [--json]                look whether this host is fit, and say what to do
  mog-agent --version

Configured by MOG_ variables, in the environment or in FILE. What init is not told, they say.
`

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const common = { config: text, help: flag, version: flag }
const ofInit = { tracker: text, token: text, url: text, devices: text, device: text, root: text }

type Command = (args: string[]) => Promise<void>

/** What they import must not use the thread pool before `run` has given it its size. */
const commands: Readonly<Record<string, Command>> = {
  async run(args) {
    const { values } = parseArgs({ args, options: common })
    if (values.help === true) return void process.stdout.write(USAGE)
    if (values.version === true) return (await import('./commands/version.ts')).tellVersion()
    const origin = { env: { ...process.env }, file: values.config }
    const env = readConfigFile(values.config, process.env)
    await (await import('./commands/run.ts')).run({ env, origin })
  },
  /** Started by `run` alone, when it is told to reload. */
  async succeed(args) {
    const { values } = parseArgs({ args, options: common })
    const origin = { env: { ...process.env }, file: values.config }
    const { Predecessor } = await import('./rolling/predecessor.ts')
    const predecessor = new Predecessor()
    const env = readConfigFile(values.config, process.env)
    await (await import('./commands/run.ts')).run({ env, origin, predecessor })
  },
  async reload(args) {
    const { values } = parseArgs({ args, options: common })
    const env = readConfigFile(values.config, process.env)
    await (await import('./commands/reload.ts')).reload(env)
  },
  /** Started by `run` alone. */
  async reader() {
    const { runReader } = await import('./commands/reader.ts')
    runReader()
  },
  async init(args) {
    const { values } = parseArgs({ args, options: { ...common, ...ofInit } })
    const env = readConfigFile(values.config, process.env)
    await (await import('./commands/init.ts')).init(values, env)
  },
  async adopt(args) {
    const options = { ...common, root: text }
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    const env = readConfigFile(values.config, process.env)
    await (await import('./commands/adopt.ts')).adopt(positionals, values, env)
  },
  async inventory(args) {
    const { values } = parseArgs({ args, options: { ...common, root: text } })
    const env = readConfigFile(values.config, process.env)
    await (await import('./commands/inventory.ts')).inventory(values, env)
  },
  async quarantine(args) {
    const options = { ...common, root: text }
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    const env = readConfigFile(values.config, process.env)
    await (await import('./commands/quarantine.ts')).quarantine(positionals, values, env)
  },
  async doctor(args) {
    const { values } = parseArgs({ args, options: { ...common, json: flag } })
    const env = readConfigFile(values.config, process.env)
    await (await import('./commands/doctor.ts')).doctor(values, env)
  },
}

async function main(args: string[]): Promise<void> {
  const [first, ...rest] = args
  const isNamed = first !== undefined && !first.startsWith('-')
  const name = isNamed ? first : 'run'
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) throw new UsageError(`there is no command ${name}`)
  await command(isNamed ? rest : args)
}

const isParseError = (error: unknown) =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')

// oxlint-disable-next-line unicorn/prefer-top-level-await -- the single executable has none
main(process.argv.slice(2)).catch((error: unknown) => {
  const usage = error instanceof UsageError || isParseError(error) ? `\n${USAGE}` : ''
  process.stderr.write(`mog-agent: ${String(error instanceof Error ? error.message : error)}\n`)
  process.stderr.write(usage)
  process.exitCode = usage === '' ? 1 : 2
  if (process.connected) process.disconnect() // who started us waits for our end
})
