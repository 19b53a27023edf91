// TRUST.md says which tests show what: a promise whose test is gone is a promise that nobody keeps.
import type { Rule, Tree } from './rule.ts'

const PAGE = 'TRUST.md'
const NAMED = /\btest\/[\w./-]+\.ts\b/g

export const namedFiles: Rule = {
  says: 'every test that TRUST.md names is there',
  breaches: (tree: Tree) => {
    const named = new Set((tree.get(PAGE) ?? '').match(NAMED))
    return [...named].filter((path) => !tree.has(path)).map((path) => `${PAGE}: no ${path}`)
  },
  sample: {
    files: {
      [PAGE]: 'shown by test/a/here.test.ts, test/a/gone.test.ts and (test/a/gone.test.ts)',
      'test/a/here.test.ts': '',
    },
    breaches: ['TRUST.md: no test/a/gone.test.ts'],
  },
}
