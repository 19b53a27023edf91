// What can be typed: all commands on one screen, or one of them with its options and an example.
import { facts } from './table.ts'
import { commonOptions, type Options, type Verb } from './verb.ts'
import { verbs } from './verbs.ts'

export async function overview(): Promise<string> {
  const all = await Promise.all(Object.values(verbs).map((load) => load()))
  return [
    'mog keeps files in a mogile-edge cluster, and the cluster in order: mog COMMAND',
    '',
    facts(all.map(({ usage, says }) => [`  ${usage}`, says])),
    '',
    'Every command takes',
    optionLines(commonOptions),
    '',
    'A flag wins over the environment, and both over the cluster that `npm start` runs here.',
    '`mog help put` tells more of put. Exit codes: 0 done, 1 failed, 2 not understood.',
  ].join('\n')
}

export function helpOf({ usage, says, example, options }: Verb): string {
  const own = Object.keys(options).length === 0 ? [] : ['', optionLines(options)]
  const lines = example.split('\n').map((line) => `  ${line}`)
  return [`mog ${usage}`, says, ...own, '', ...lines].join('\n')
}

const optionLines = (options: Options): string =>
  facts(
    Object.entries(options).map(([name, { short, value, says }]) => {
      const long = value === undefined ? `--${name}` : `--${name} ${value}`
      return [`  ${short === undefined ? '' : `-${short}, `}${long}`, says]
    }),
  )
