// The scratch share, open: a tree of files, its locks, and a place for what is on its way in or
// out. One agent at a time; changes of names happen one after the other.
import { randomUUID } from 'node:crypto'
import { access, constants, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '#shared/clock.ts'
import { Problem } from '#shared/problems.ts'
import { problemOf } from '../disk/failures.ts'
import { Lane } from '../disk/lane.ts'
import { lockRoot } from '../disk/lock.ts'
import { Turns } from '../disk/turns.ts'
import { readUsage } from '../disk/usage.ts'
import { LANE_WAIT_MS, RESERVED_BYTES, SCRATCH_LANE } from '../limits.ts'
import { Locks } from './locks.ts'

export interface Share extends AsyncDisposable {
  /** The directory of what clients see. */
  files: string
  password: string
  locks: Locks
  /** Not to be taken twice by one request: it would wait for itself. */
  lane: Lane
  nowMs: () => number
  /** Alone among the changes. A refusal of the disk becomes one of ours. */
  change: <Result>(work: () => Promise<Result>) => Promise<Result>
  /** A name that nobody has, on the same file system. What is left there goes at the next start. */
  aside: () => string
  requireRoom: (bytes: number) => Promise<void>
}

export interface ShareOptions {
  root: string
  password: string
}

/** Throws where the directory cannot be used. Does not touch what another process does there. */
export async function prepareShare({ root }: Pick<ShareOptions, 'root'>): Promise<void> {
  for (const name of ['files', 'aside']) await mkdir(join(root, name), { recursive: true })
  await access(root, constants.R_OK | constants.W_OK | constants.X_OK)
}

export async function openShare({ root, password }: ShareOptions, clock: Clock): Promise<Share> {
  await prepareShare({ root })
  const [files, aside] = [join(root, 'files'), join(root, 'aside')]
  await using opening = new AsyncDisposableStack()
  opening.use(await lockRoot(root))
  for (const name of await readdir(aside)) await rm(join(aside, name), { recursive: true })

  const nowMs = () => clock.nowMs()
  const locks = await Locks.open(join(root, 'locks.json'), nowMs)
  const lane = new Lane(SCRATCH_LANE, LANE_WAIT_MS)
  const turns = new Turns<'change'>()
  const parts = opening.move()
  return {
    files,
    password,
    locks,
    lane,
    nowMs,
    change: (work) =>
      turns.run('change', async () => {
        try {
          return await lane.run(work)
        } catch (error) {
          throw problemOf(error)
        }
      }),
    aside: () => join(aside, randomUUID()),
    async requireRoom(bytes) {
      const { bytesFree } = await lane.run(() => readUsage(files))
      if (bytes > bytesFree - RESERVED_BYTES) throw new Problem('disk_full', { bytesFree })
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}
