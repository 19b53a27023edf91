// A reader who opens a file learns in at most four lines which part of the whole it is.
import { isTypeScript, type Rule } from './rule.ts'

const MAX_LINES = 4
const SHEBANG = /^#!.*\n/
const IMPORTS = /^(?:import\s[^'"]*'[^']+'\n|\n)*/
const COMMENT = /^(?:\/\/.*\n)+|^\/\*[\s\S]*?\*\//

/** Lines of text in the comment that opens a file; one that follows the imports opens it too. */
function openingLines(text: string): number {
  const [comment = ''] = COMMENT.exec(text.replace(SHEBANG, '').replace(IMPORTS, '')) ?? []
  const lines = comment
    .split('\n')
    .map((line) => line.replaceAll(/^\s*(?:\/\/|\/?\*+\/?)|\*\/$/g, ''))
  return lines.filter((line) => line.trim() !== '').length
}

export const opening: Rule = {
  says: `every file opens with a comment of at most ${MAX_LINES} lines`,
  breaches: (tree) =>
    [...tree]
      .filter(([path]) => isTypeScript(path))
      .map(([path, text]) => ({ path, lines: openingLines(text) }))
      .filter(({ lines }) => lines === 0 || lines > MAX_LINES)
      .map(({ path, lines }) => `${path}: ${lines} lines`),
  sample: {
    files: {
      'first.ts': '// One.\n// Two.\nimport a from "a"\n',
      'after-imports.ts':
        "#!/usr/bin/env node\nimport {\n  a,\n} from 'a'\n\n/** One. */\nexport\n",
      'mute.ts': "import a from 'a'\nexport const b = a // why\n",
      'talkative.ts': '/**\n * 1\n * 2\n * 3\n * 4\n * 5\n */\n',
      'just-fits.ts': '/**\n * 1\n * 2\n * 3\n * 4\n */\n',
    },
    breaches: ['mute.ts: 0 lines', 'talkative.ts: 5 lines'],
  },
}
