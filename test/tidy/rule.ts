// A rule of the tree is one sentence, one pure function, and a sample that breaks it: a rule that
// cannot fail is a defect (test/tidy.test.ts holds each against its sample and against the tree).

/** Path -> text of each file that git tracks, or would. */
export type Tree = ReadonlyMap<string, string>

export interface Rule {
  /** Holds for the whole tree. */
  says: string
  /** What breaks it: `path: what`, or `path:line: what`. */
  breaches(tree: Tree): string[]
  sample: {
    files: Readonly<Record<string, string>>
    breaches: readonly string[]
  }
}

export const isTypeScript = (path: string) => path.endsWith('.ts')

/** Our own code. The rules' own samples would break the rules that read text. */
export const isSource = (path: string) => isTypeScript(path) && !path.startsWith('test/tidy/')

export const lineOf = (text: string, index: number) => text.slice(0, index).split('\n').length
