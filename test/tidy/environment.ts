// An operator finds every variable that we read in an example file, and none that we do not.
import { basename } from 'node:path/posix'
import { isSource, type Rule, type Tree } from './rule.ts'

const READ = /\benv(?:\.|\[')([A-Z][A-Z0-9_]+)/g
/** A config.ts is a schema whose keys are the variables. */
const CONFIG_KEY = /^ {2}([A-Z][A-Z0-9_]+):/gm
const LISTED = /^#? ?([A-Z][A-Z0-9_]+)=/gm
const MENTIONED = /`([A-Z][A-Z0-9_]+)`/g

/** They belong to the system, not to us. */
const FOREIGN = new Set([
  'CI',
  'HOME',
  'NODE_OPTIONS',
  'NOTIFY_SOCKET',
  'PATH',
  'TMPDIR',
  'USER',
  'XDG_CONFIG_HOME',
  'XDG_STATE_HOME',
])

/** What a test sets for what it tests is not the reader's business. */
const TESTS_OWN = 'MOGILE_TEST_'

const names = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(({ 1: name = '' }) => name)

function readIn(path: string, text: string): string[] {
  const keys = basename(path) === 'config.ts' ? names(text, CONFIG_KEY) : []
  const read = [...names(text, READ), ...keys].filter((name) => !FOREIGN.has(name))
  return path.startsWith('test/') ? read.filter((name) => name.startsWith(TESTS_OWN)) : read
}

/** The tests' own variables are for those who work here: CONTRIBUTING.md. */
function listedIn(path: string, text: string): string[] {
  if (path.endsWith('.env.example')) return names(text, LISTED)
  return path === 'CONTRIBUTING.md' ? names(text, MENTIONED) : []
}

function breaches(tree: Tree): string[] {
  const files = [...tree]
  const listed = new Set(files.flatMap(([path, text]) => listedIn(path, text)))
  const sources = files.filter(([path]) => isSource(path))
  const read = new Set(sources.flatMap(([path, text]) => readIn(path, text)))

  const unlisted = sources.flatMap(([path, text]) =>
    [...new Set(readIn(path, text))]
      .filter((name) => !listed.has(name))
      .map((name) => `${path}: ${name} is in no example file`),
  )
  const stale = files
    .filter(([path]) => path.endsWith('.env.example'))
    .flatMap(([path, text]) =>
      names(text, LISTED)
        .filter((name) => !read.has(name))
        .map((name) => `${path}: nothing reads ${name}`),
    )
  return [...unlisted, ...stale]
}

export const environment: Rule = {
  says: 'the example files list the environment variables that are read, and no others',
  breaches,
  sample: {
    files: {
      'edge-tracker/config.ts':
        'z.object({\n  DATABASE_URL: z.string(),\n  SECRET: z.string(),\n})',
      'infra/cli/mog.ts': "const { env } = process\nenv['MOGILE_KEY'] + process.env.HOME",
      'test/run.ts': "env['MOGILE_TEST_SLOW'] + env['DATABASE_URL'] + env['ANY']",
      'CONTRIBUTING.md': 'Set `MOGILE_TEST_FAST`.',
      'infra/systemd/tracker.env.example': '# Postgres.\nDATABASE_URL=\n# OLD_NAME=1\n',
    },
    breaches: [
      'edge-tracker/config.ts: SECRET is in no example file',
      'infra/cli/mog.ts: MOGILE_KEY is in no example file',
      'test/run.ts: MOGILE_TEST_SLOW is in no example file',
      'infra/systemd/tracker.env.example: nothing reads OLD_NAME',
    ],
  },
}
