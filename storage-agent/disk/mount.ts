// A device while it is in use. Writes go through a handle on its root, so that a disk which was
// unmounted under us cannot be written past: its place in the root directory may be another disk.
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { Problem } from '#shared/problems.ts'
import { Directories } from './directories.ts'
import { codeOf } from './failures.ts'
import { type Owner, whyForeign } from './identity.ts'
import { isBehind } from './journal/behind.ts'
import { Journal } from './journal/journal.ts'
import type { Lane } from './lane.ts'
import { IDENTITY_FILE, JOURNAL_DIR, PARTIAL_DIR, QUARANTINE_DIR, TEMP_DIR } from './layout.ts'
import { lockFile } from './lock.ts'
import { QuarantineCount } from './quarantine-count.ts'
import { syncDirectory } from './replace-file.ts'
import { type SelfTest, selfTestOf } from './self-test.ts'

export interface Mount extends AsyncDisposable {
  /** The device's root by our handle: `/proc/self/fd/N`. */
  root: string
  /** Tells this file system from another that is mounted at the same place later. */
  place: string
  directories: Directories
  /** Undefined where the file system is read-only. */
  journal: Journal | undefined
  /** Files that a crash had lost, and the journal brought back. */
  restored: number
  selfTest: SelfTest
  quarantined: QuarantineCount
  /** Keeps the mount open until the work is done. Refuses once it is closed. */
  use: <Result>(work: (mount: Mount) => Promise<Result>) => Promise<Result>
}

export async function openMount(
  directory: string,
  owner: Owner,
  lane: Lane,
  onStuck: (error: unknown) => void,
): Promise<Mount> {
  await using opening = new AsyncDisposableStack()
  const handle = opening.use(await open(directory, 'r'))
  const root = `/proc/self/fd/${handle.fd}`
  const foreign = await whyForeign(root, owner)
  if (foreign !== undefined) throw new Error(foreign)
  const owned = await lockFile(`${root}/${IDENTITY_FILE}`, 'r')
  if (owned === undefined)
    throw new Problem('device_unavailable', { reason: 'another agent has it' })
  opening.use(owned)

  const journal = await openJournal(root, onStuck)
  opening.use(journal)
  const users = new Users()
  opening.defer(() => users.gone())
  const place = placeOf(await handle.stat())
  const parts = opening.move()
  const mount: Mount = {
    root,
    place,
    directories: new Directories(root, lane),
    journal,
    restored: journal?.restored ?? 0,
    selfTest: selfTestOf(root),
    quarantined: new QuarantineCount(),
    use: (work) => users.during(() => work(mount)),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
  return mount
}

export const placeOf = ({ dev, ino }: { dev: number; ino: number }): string => `${dev}:${ino}`

/** Undefined where the file system is read-only; refused if files lie in the journal alone then. */
async function openJournal(
  root: string,
  onStuck: (error: unknown) => void,
): Promise<Journal | undefined> {
  try {
    await prepare(root)
    return await Journal.open(root, onStuck)
  } catch (error) {
    if (codeOf(error) !== 'EROFS') throw error
    if (!(await isBehind(root))) return undefined
    const reason = 'read-only, and a crash left files in its journal'
    throw new Problem('device_unavailable', { reason }, { cause: error })
  }
}

/** Our own directories; what earlier lives left unfinished is removed. */
async function prepare(root: string): Promise<void> {
  for (const name of [TEMP_DIR, QUARANTINE_DIR, JOURNAL_DIR, PARTIAL_DIR])
    await mkdir(`${root}/${name}`, { recursive: true })
  await syncDirectory(root) // what is in the journal must be found again
  const temp = `${root}/${TEMP_DIR}`
  for (const name of await readdir(temp)) await rm(`${temp}/${name}`, { recursive: true })
}

/** The handle's number may be another file's once it is closed: so it outlives all who use it. */
class Users {
  #count = 0
  readonly #gone = Promise.withResolvers<'gone'>()
  #isClosing = false

  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#isClosing && this.#count === 0)
      throw new Problem('device_unavailable', { reason: 'it was unmounted meanwhile' })
    this.#count++
    try {
      return await work()
    } finally {
      this.#count--
      this.#look()
    }
  }

  async gone(): Promise<void> {
    this.#isClosing = true
    this.#look()
    await this.#gone.promise
  }

  #look(): void {
    if (this.#isClosing && this.#count === 0) this.#gone.resolve('gone')
  }
}
