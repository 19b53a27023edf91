// The thread that writes one device's journal, and then the files that it stands for. All its calls
// are synchronous: a device that hangs stops this thread and no other. A crash between the two
// writes costs a replay at the next start.
import { closeSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { assert } from '#shared/assert.ts'
import type { Fid } from '#shared/ids.ts'
import { codeOf } from '../failures.ts'
import { FILE_MODE, fileOf, JOURNAL_DIR } from '../layout.ts'
import { Half, writeAll } from './half.ts'
import { type Answer, type Ask, type Entry, type Outcome, ThreadData } from './messages.ts'
import { bodyAt, encodeRecords, type RecordKind, stamp } from './records.ts'
import { holds, replay } from './replay.ts'
import { settleDevice, settleFiles } from './settle.ts'

const SETTLE_AGAIN_MS = 10_000

assert(parentPort !== null, 'the journal has a thread of its own')
const port = parentPort
const { root, rootForOthers } = ThreadData.parse(workerData)
const say = (answer: Answer) => port.postMessage(answer)

let generation = 2
let isClosed = false
let current = new Half(`${root}/${JOURNAL_DIR}/1`, 1)
let other = new Half(`${root}/${JOURNAL_DIR}/2`, 2)
say({ kind: 'opened', replayed: replay(root, [current, other]) })

port.on('message', (ask: Ask) => {
  if (ask.kind === 'close') close()
  else say({ kind: 'taken', outcomes: take(Buffer.from(ask.batch), ask.entries) })
})

function take(batch: Buffer, entries: readonly Entry[]): Outcome[] {
  const verdicts = entries.map((entry) => judge(batch, entry))
  if (verdicts.every(({ record }) => record === 'void'))
    return verdicts.map(({ outcome }) => outcome)
  const half = halfFor(batch.length)
  if (half === undefined) return entries.map(() => 'full')

  for (const [index, { offset }] of entries.entries())
    stamp(batch, offset, verdicts[index]?.record ?? 'void', half.generation)
  try {
    half.append(batch)
  } catch (error) {
    return entries.map(() => failure(error))
  }
  return entries.map((entry, index) => {
    const { record = 'void', outcome = 'full' } = verdicts[index] ?? {}
    if (record === 'store') half.files.set(entry.fid, fileOf(entry.fid))
    return outcome === 'stored'
      ? create(half, entry, bodyAt(batch, entry.offset, entry.bytes))
      : outcome
  })
}

interface Verdict {
  record: RecordKind
  outcome: Outcome
}

/** A record is only written for a fid that has no file yet, or this very one (see replay.ts). */
function judge(batch: Buffer, { kind, fid, offset, bytes }: Entry): Verdict {
  if (kind === 'forget') {
    const isHeld = current.files.has(fid) || other.files.has(fid)
    return { record: isHeld ? 'forget' : 'void', outcome: 'kept' }
  }
  const path = root + fileOf(fid)
  if (!existsSync(path)) return { record: 'store', outcome: 'stored' }
  return holds(path, bodyAt(batch, offset, bytes))
    ? { record: 'store', outcome: 'kept' } // it may be younger than its last fsync
    : { record: 'void', outcome: 'other_bytes' }
}

function create(half: Half, { fid }: Entry, body: Buffer): Outcome {
  const path = root + fileOf(fid)
  try {
    const fd = openNew(path)
    try {
      writeAll(fd, body, 0)
    } finally {
      closeSync(fd)
    }
    return 'stored'
  } catch (error) {
    takeBack(half, fid, path)
    return failure(error)
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', FILE_MODE)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    mkdirSync(dirname(path), { recursive: true })
    return openSync(path, 'wx', FILE_MODE)
  }
}

/** The client is refused, most likely for want of room: a replay must not bring the file back. */
function takeBack(half: Half, fid: Fid, path: string): void {
  rmSync(path, { force: true })
  const nothing = new Uint8Array()
  const record = encodeRecords([{ kind: 'forget', fid, digest: nothing, body: nothing }])
  stamp(record, 0, 'forget', half.generation)
  half.append(record)
}

/** A half with room, or undefined while the other one's files are still being made durable. */
function halfFor(bytes: number): Half | undefined {
  if (current.hasRoomFor(bytes)) return current
  if (other.isSettling) return undefined
  void settle(current)
  ;[current, other] = [other, current]
  return current
}

async function settle(half: Half): Promise<void> {
  half.isSettling = true
  try {
    await settleDevice(rootForOthers)
    generation++
    if (!isClosed) half.empty(generation)
  } catch (error) {
    say({ kind: 'stuck', reason: String(error) })
    setTimeout(() => void settle(half), SETTLE_AGAIN_MS).unref()
  }
}

function close(): void {
  isClosed = true
  settleFiles(root, new Set([...current.files.values(), ...other.files.values()]))
  for (const half of [current, other]) {
    half.clear()
    half.close()
  }
  say({ kind: 'closed' })
  port.close()
}

function failure(error: unknown): Outcome {
  const code = codeOf(error)
  if (code === undefined) throw error
  return { code }
}
