// A name says what is inside: a verb or a noun of ours, in kebab case.
import { basename, dirname } from 'node:path/posix'
import { isTypeScript, type Rule, type Tree } from './rule.ts'

const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*$/
/** Nothing is learned from these, wherever they stand in a name. */
const EMPTY_WORDS = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'manager', 'misc'])
/** These mean something beside another word, and nothing alone. */
const EMPTY_ALONE = new Set(['service', 'types'])

/** Of a file, what stands before the first dot: `a-lease.test.ts` is `a-lease`. */
const stem = (path: string) => basename(path).split('.')[0] ?? ''

/** Files that we name ourselves, and the folders that they are in. */
function ownNames(tree: Tree): string[] {
  const files = [...tree.keys()].filter((path) => isTypeScript(path) || path.endsWith('.sql'))
  const folders = files.flatMap((file) => {
    const parts = dirname(file).split('/')
    return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
  })
  return [...new Set([...files, ...folders])].filter((path) => path !== '.')
}

const saysNothing = (name: string) =>
  EMPTY_ALONE.has(name) || name.split('-').some((word) => EMPTY_WORDS.has(word))

export const kebabCase: Rule = {
  says: 'files and folders are named in kebab case',
  breaches: (tree) => ownNames(tree).filter((path) => !KEBAB_CASE.test(stem(path))),
  sample: {
    files: { 'db/openUpload.ts': '', 'Db/0001-start.sql': '', 'db/open-upload.test.ts': '' },
    breaches: ['db/openUpload.ts', 'Db'],
  },
}

export const tellingNames: Rule = {
  says: 'no file or folder has a name that says nothing',
  breaches: (tree) => ownNames(tree).filter((path) => saysNothing(stem(path))),
  sample: {
    files: { 'disk-utils.ts': '', 'helpers/read.ts': '', 'types.ts': '', 'media-types.ts': '' },
    breaches: ['disk-utils.ts', 'types.ts', 'helpers'],
  },
}
