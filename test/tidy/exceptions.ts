// A check may be silenced on one line, with the reason on that line (CONTRIBUTING.md).
import { isSource, type Rule } from './rule.ts'

const SILENCED = /\b(?:oxlint|eslint)-disable|@ts-(?:expect-error|ignore|nocheck)|biome-ignore/
const ONE_LINE_WITH_REASON =
  /\/\/ (?:oxlint-disable-(?:next-)?line [\w/-]+(?:, [\w/-]+)*|@ts-expect-error) -- \w/

export const exceptions: Rule = {
  says: 'a silenced check names itself, covers one line and gives its reason',
  breaches: (tree) =>
    [...tree]
      .filter(([path]) => isSource(path))
      .flatMap(([path, text]) =>
        text.split('\n').map((line, index) => ({ line, at: `${path}:${index + 1}` })),
      )
      .filter(({ line }) => SILENCED.test(line) && !ONE_LINE_WITH_REASON.test(line))
      .map(({ line, at }) => `${at}: ${line.trim()}`),
  sample: {
    files: {
      'a.ts': [
        '// oxlint-disable-next-line no-bitwise -- flags of stat(2)',
        '  // oxlint-disable-next-line no-bitwise',
        '/* oxlint-disable */',
        '// @ts-ignore',
        '// @ts-expect-error -- a wrong kind on purpose',
      ].join('\n'),
    },
    breaches: [
      'a.ts:2: // oxlint-disable-next-line no-bitwise',
      'a.ts:3: /* oxlint-disable */',
      'a.ts:4: // @ts-ignore',
    ],
  },
}
