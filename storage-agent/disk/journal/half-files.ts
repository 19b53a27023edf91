// The two files of a device's journal where nobody writes to them: before a life, and after it.
import { type FileHandle, open } from 'node:fs/promises'
import { JOURNAL_DIR } from '../layout.ts'
import { syncDirectory } from '../replace-file.ts'

export const halfPaths = (root: string): [string, string] => [
  `${root}/${JOURNAL_DIR}/1`,
  `${root}/${JOURNAL_DIR}/2`,
]

export class HalfFiles implements AsyncDisposable {
  readonly #files: readonly FileHandle[]

  private constructor(files: readonly FileHandle[]) {
    this.#files = files
  }

  /** Made where they are missing; their names last as long as what is in them. */
  static async open(root: string): Promise<HalfFiles> {
    await using opening = new AsyncDisposableStack()
    const files: FileHandle[] = []
    for (const path of halfPaths(root)) files.push(opening.use(await open(path, 'a+', 0o600)))
    await syncDirectory(`${root}/${JOURNAL_DIR}`)
    opening.move()
    return new HalfFiles(files)
  }

  contents(): Promise<Buffer[]> {
    return Promise.all(this.#files.map((file) => file.readFile()))
  }

  /** For the next life, which counts generations from one again. */
  async clear(): Promise<void> {
    for (const file of this.#files) {
      await file.truncate(0)
      await file.sync()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#files) await file.close()
  }
}
