// What is left to do belongs into an issue or is done; in the code it only grows old.
import { isSource, lineOf, type Rule } from './rule.ts'

const REMINDERS = /\b(TODO|FIXME|XXX|HACK)\b/g

const isRead = (path: string) => isSource(path) || path.endsWith('.sql') || path.endsWith('.sh')

export const reminders: Rule = {
  says: 'no code is a reminder of work to do',
  breaches: (tree) =>
    [...tree]
      .filter(([path]) => isRead(path))
      .flatMap(([path, text]) =>
        [...text.matchAll(REMINDERS)].map(
          ({ 0: word, index }) => `${path}:${lineOf(text, index)}: ${word}`,
        ),
      ),
  sample: {
    files: { 'a.ts': '// fine\n// TODO later\n', 'b.sql': '-- FIXME\n', 'README.md': 'TODO\n' },
    breaches: ['a.ts:2: TODO', 'b.sql:1: FIXME'],
  },
}
