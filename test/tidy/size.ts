// Limits that only ever go down. Functions of at most 60 lines are oxlint's part (.oxlintrc.json).
import { isTypeScript, type Rule } from './rule.ts'

const MAX_FILE_LINES = 250
const MAX_COLUMNS = 100

export const fileLength: Rule = {
  says: `no file is longer than ${MAX_FILE_LINES} lines`,
  breaches: (tree) =>
    [...tree]
      .filter(([path]) => isTypeScript(path))
      .map(([path, text]) => ({ path, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > MAX_FILE_LINES)
      .map(({ path, lines }) => `${path}: ${lines} lines`),
  sample: {
    files: { 'long.ts': 'x\n'.repeat(251), 'fits.ts': 'x\n'.repeat(250) },
    breaches: ['long.ts: 251 lines'],
  },
}

export const lineLength: Rule = {
  says: `no line is longer than ${MAX_COLUMNS} columns`,
  breaches: (tree) =>
    [...tree]
      .filter(([path]) => isTypeScript(path))
      .flatMap(([path, text]) =>
        text
          .split('\n')
          .map((line, index) => ({ at: `${path}:${index + 1}`, columns: line.length })),
      )
      .filter(({ columns }) => columns > MAX_COLUMNS)
      .map(({ at, columns }) => `${at}: ${columns} columns`),
  sample: {
    files: { 'wide.ts': `${'x'.repeat(100)}\n${'x'.repeat(101)}\n` },
    breaches: ['wide.ts:2: 101 columns'],
  },
}
