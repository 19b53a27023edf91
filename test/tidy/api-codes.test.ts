// edge-tracker/API.md against the catalogue of refusals: each code is told once, with the status
// and the retry word that clients get.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { type ProblemCode, problems } from '#shared/problems.ts'

type Catalogue = Readonly<Record<string, { readonly status: number; readonly retry: string }>>

const HEADING = '\n## Problem codes\n'
/** Before the catalogue: text, a code in each pair of back quotes that has an underscore in it. */
const MENTIONED = /`([a-z]+(?:_[a-z]+)+)`/g

const rowOf = (code: string, { status, retry }: Catalogue[string]) =>
  `| \`${code}\` | ${status} | ${retry} |`

function codeBreaches(catalogue: Catalogue, page: string): string[] {
  const [text = '', table = ''] = page.split(HEADING)
  const expected = Object.entries(catalogue).map(([code, entry]) => rowOf(code, entry))
  const rows: string[] = table.match(/^\| `\w+` \| \d+ \| \w+ \|/gm) ?? []
  const known = new Set(Object.keys(catalogue))
  return [
    ...expected.filter((row) => !rows.includes(row)).map((row) => `not in the table: ${row}`),
    ...rows.filter((row) => !expected.includes(row)).map((row) => `nothing answers: ${row}`),
    ...rows.filter((row, at) => rows.indexOf(row) !== at).map((row) => `twice: ${row}`),
    ...[...text.matchAll(MENTIONED)]
      .map(({ 1: code = '' }) => code)
      .filter((code) => !known.has(code))
      .map((code) => `no such code: ${code}`),
  ]
}

test('the API page tells every code with its status and retry word, and no other', async () => {
  const page = await readFile(new URL('../../edge-tracker/API.md', import.meta.url), 'utf8')
  const found = codeBreaches(problems, page)
  assert.ok(found.length === 0, found.join('\n'))
})

test('a code that only the page or only the catalogue knows would be found', () => {
  const catalogue = {
    unknown_key: problems.unknown_key,
    busy: problems.busy,
  } satisfies Partial<Record<ProblemCode, unknown>>
  const page = `Refusals: \`unknown_key\`, \`unknown_kye\`.
${HEADING}
| code | status | retry | meaning |
|---|---|---|---|
| \`unknown_key\` | 404 | later | no file has this key |
| \`old_code\` | 400 | never | gone |
| \`busy\` | 503 | later | too much is in flight |
| \`busy\` | 503 | later | too much is in flight |
`
  assert.deepEqual(codeBreaches(catalogue, page), [
    'not in the table: | `unknown_key` | 404 | never |',
    'nothing answers: | `unknown_key` | 404 | later |',
    'nothing answers: | `old_code` | 400 | never |',
    'twice: | `busy` | 503 | later |',
    'no such code: unknown_kye',
  ])
})
