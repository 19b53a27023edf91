// From words to a verb with its arguments and options. What does not fit is a UsageError.
import { parseArgs } from 'node:util'
import { Flags } from './config.ts'
import { isSystemError } from './system-error.ts'
import { UsageError } from './usage-error.ts'
import { commonOptions, type Options, type Values, type Verb } from './verb.ts'
import { verbs } from './verbs.ts'

export interface Command {
  /** `put`, `host ls`, `help`, or whatever was typed; empty when nothing was. */
  name: string
  /** What remains for the verb. */
  rest: readonly string[]
}

/** The verb is the first word or two; of the options only those of every verb may stand before. */
export function findCommand(argv: readonly string[]): Command {
  const args = [...argv]
  const { tokens } = parseArgs({ args, options: commonOptions, strict: false, tokens: true })
  const [first, second] = tokens.filter(({ kind }) => kind === 'positional')
  if (first === undefined) return { name: '', rest: argv }

  const word = argv[first.index] ?? ''
  const isWhole = word === 'help' || Object.hasOwn(verbs, word) || second === undefined
  const used = isWhole ? [first.index] : [first.index, second.index]
  return {
    name: used.map((index) => argv[index]).join(' '),
    rest: argv.filter((_, index) => !used.includes(index)),
  }
}

/** The verb of a name, or what to type instead. */
export async function loadVerb(name: string): Promise<Verb> {
  const load = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (load !== undefined) return load()

  const [noun = ''] = name.split(' ')
  const near = Object.keys(verbs).filter((each) => each.startsWith(`${noun} `))
  const hint = near.length === 0 ? 'mog help' : near.map((each) => `mog ${each}`).join(', ')
  throw new UsageError(`There is no \`mog ${name}\``, `Try: ${hint}`)
}

export interface Arguments {
  values: Values<Options>
  flags: Flags
  args: readonly string[]
}

export function readArguments(verb: Verb, rest: readonly string[]): Arguments {
  const next = `Usage: mog ${verb.usage}`
  const { values, positionals } = parsed(verb.options, rest, next)
  const [least, most] = verb.args
  const flags = Flags.parse(values)
  if (!flags.help && positionals.length < least) throw new UsageError('Something is missing', next)
  if (positionals.length > most) throw new UsageError(`What is \`${positionals[most]}\` for?`, next)
  return { values, flags, args: positionals }
}

function parsed(own: Options, args: readonly string[], next: string) {
  const options = { ...commonOptions, ...own }
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    const isAboutArgs = isSystemError(error) && error.code.startsWith('ERR_PARSE_ARGS')
    throw isAboutArgs ? new UsageError(error.message, next) : error
  }
}
