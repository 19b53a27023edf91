// Code that nothing reaches is deleted, not kept: tests do not keep alive what only they use.
import { filesNamedIn, importsOf } from './imports.ts'
import { isTypeScript, type Rule, type Tree } from './rule.ts'

/** They name the programs that people and platforms start. */
const ENTRY_LISTS = new Set(['package.json', 'wrangler.toml'])
const NAMED_FILE = /[\w./-]+\.ts\b/g

const isTest = (path: string) => path.startsWith('test/')
const isEntry = (path: string) => path.endsWith('.test.ts')

/** What each file uses; itself does not count. */
function usesOf(path: string, text: string): string[] {
  if (ENTRY_LISTS.has(path)) return text.match(NAMED_FILE) ?? []
  if (!isTypeScript(path)) return []
  const imported = importsOf(path, text).map(({ target }) => target)
  return [...imported, ...filesNamedIn(path, text)].filter((target) => target !== path)
}

function unused(tree: Tree): string[] {
  const byProduct = new Set<string>()
  const byTests = new Set<string>()
  for (const [path, text] of tree) {
    const users = isTest(path) ? byTests : byProduct
    for (const target of usesOf(path, text)) users.add(target)
  }
  return [...tree.keys()]
    .filter((path) => isTypeScript(path) && !isEntry(path))
    .filter((path) => !byProduct.has(path) && !(isTest(path) && byTests.has(path)))
}

export const importers: Rule = {
  says: 'every file is imported, or is a program that package.json or wrangler.toml names',
  breaches: unused,
  sample: {
    files: {
      'package.json': '{ "scripts": { "serve": "node infra/serve/main.ts" } }',
      'wrangler.toml': 'main = "edge-tracker/main.ts"',
      'infra/serve/main.ts':
        "import './used.ts'\nnew Worker(new URL('./thread.ts', import.meta.url))",
      'infra/serve/used.ts': '',
      'infra/serve/thread.ts': '',
      'infra/serve/tested-only.ts': '',
      'edge-tracker/main.ts': '',
      'shared/forgotten.ts': "import '#shared/forgotten.ts'\n",
      'test/support/seed.ts': '',
      'test/a.test.ts': "import '#infra/serve/tested-only.ts'\nimport './support/seed.ts'\n",
    },
    breaches: ['infra/serve/tested-only.ts', 'shared/forgotten.ts'],
  },
}
