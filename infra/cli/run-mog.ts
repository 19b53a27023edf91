// One command, from its words to its exit code: 0 done, 1 refused or failed, 2 not understood.
import { findCommand, loadVerb, readArguments } from './command-line.ts'
import { complaintJson, complaintOf, complaintText } from './complaint.ts'
import { Context } from './context.ts'
import { helpOf, overview } from './help.ts'
import { type Io, write } from './io.ts'
import { UsageError } from './usage-error.ts'

/** As a shell tells that ^C ended a command. */
const INTERRUPTED = 130

export async function runMog(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await run(argv, io)
  } catch (error) {
    if (io.signal.aborted) return INTERRUPTED
    const complaint = complaintOf(error)
    const isJson = argv.includes('--json')
    await write(io.stderr, isJson ? complaintJson(complaint) : complaintText(complaint))
    return error instanceof UsageError ? 2 : 1
  }
}

async function run(argv: readonly string[], io: Io): Promise<number> {
  const { name, rest } = findCommand(argv)
  if (name === '' || (name === 'help' && rest.length === 0)) {
    await write(io.stdout, `${await overview()}\n`)
    return 0
  }

  const verb = await loadVerb(name === 'help' ? rest.join(' ') : name)
  const given = name === 'help' ? undefined : readArguments(verb, rest)
  if (given === undefined || given.flags.help) {
    await write(io.stdout, `${helpOf(verb)}\n`)
    return 0
  }
  const context = new Context(given, io)
  try {
    await verb.run(context)
  } finally {
    context.hideProgress()
  }
  return context.failures === 0 ? 0 : 1
}
