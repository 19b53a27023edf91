// A known bug, as edits of the tree: each finds a text that stands there once.

export interface Edit {
  file: string
  find: string
  put: string
}

export interface Mutation {
  name: string
  /** What goes wrong with it. */
  says: string
  edits: readonly Edit[]
  /** The seed whose stories are told first: one soon after it finds the bug. */
  seed: number
}

/** The text of a file with the bug in it. Throws where the tree has moved on. */
export function mutated(text: string, { file, find, put }: Edit): string {
  const found = text.split(find).length - 1
  if (found !== 1) throw new Error(`${file} holds ${found} times: ${find}`)
  return text.replace(find, () => put)
}
