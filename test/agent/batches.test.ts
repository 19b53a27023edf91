// How bodies are on their way to the disk: as much at once as is quick, less where many come
// together, and all of them in memory that has a bound.
import assert from 'node:assert/strict'
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { BatchWriter, batchBytesFor } from '#agent/disk/batch-writer.ts'
import { Lane } from '#agent/disk/lane.ts'
import { givePieces, heldBytes, takePiece } from '#agent/disk/write-pieces.ts'
import {
  ALL_BATCHES_BYTES,
  MAX_LARGE_BODIES,
  MIN_WRITE_BATCH_BYTES,
  WRITE_BATCH_BYTES,
  WRITE_PIECE_BYTES,
  WRITE_POOL_BYTES,
} from '#agent/limits.ts'
import { tempDir } from '../support/temp-dir.ts'

test('sixteen bodies at once are written as one is; more of them share the memory', () => {
  for (const few of [1, 4, 16]) assert.equal(batchBytesFor(few), WRITE_BATCH_BYTES)
  for (const many of [17, 100, 256]) assert.ok(batchBytesFor(many) * many <= ALL_BATCHES_BYTES)
  assert.equal(batchBytesFor(100_000), MIN_WRITE_BATCH_BYTES)
})

test('more slow bodies than may come hold no more than their memory, and end whole', async () => {
  await using dir = await tempDir()
  await using file = await newFile(dir.path)
  const disk = new Lane(4)
  const bodies = Array.from({ length: MAX_LARGE_BODIES * 3 }, (_, n) =>
    new Uint8Array(3 * WRITE_PIECE_BYTES + n).fill(n),
  )
  const starts = bodies.map((_, n) => n * 4 * WRITE_PIECE_BYTES)
  const writers = starts.map((start) => new BatchWriter(file, disk, start))
  let most = 0
  const step = 40_000 // no part of a piece: each has one that is not full
  const addTo = async (writer: BatchWriter, part: Uint8Array) => {
    await writer.add(part)
    most = Math.max(most, heldBytes())
  }
  for (let at = 0; at < 4 * WRITE_PIECE_BYTES; at += step) {
    const parts = bodies.map((body) => body.subarray(at, at + step))
    await Promise.all(writers.map((writer, n) => addTo(writer, parts[n] ?? new Uint8Array())))
  }
  assert.equal(most, WRITE_POOL_BYTES, 'all of it was needed, and no more was there')
  await Promise.all(writers.map((writer) => writer.finish()))
  for (const writer of writers) writer[Symbol.dispose]()
  assert.equal(heldBytes(), 0)

  const written = await readFile(join(dir.path, 'file'))
  for (const [n, body] of bodies.entries()) {
    const start = starts[n] ?? 0
    assert.ok(written.subarray(start, start + body.length).equals(body), `body ${n}`)
  }
})

test('a body goes on while others hold all the memory and their clients send nothing', async () => {
  await using dir = await tempDir()
  await using file = await newFile(dir.path)
  const body = Buffer.alloc(5 * WRITE_PIECE_BYTES, 'of some client ')
  using writer = new BatchWriter(file, new Lane(4))
  await writer.add(body.subarray(0, 1_000))
  const taken = takeAll()
  for (let at = 1_000; at < body.length; at += 50_000)
    await writer.add(body.subarray(at, Math.min(at + 50_000, body.length)))
  await writer.finish()
  givePieces(taken)
  assert.ok((await readFile(join(dir.path, 'file'))).equals(body))
  assert.equal(heldBytes(), 0)
})

test('memory that a write still reads is nobody else’s, though its body was given up', async () => {
  await using dir = await tempDir()
  await using file = await newFile(dir.path)
  const disk = new Lane(1)
  const { promise: hung, resolve: goOn } = Promise.withResolvers<undefined>()
  const before = disk.run(() => hung)
  {
    using writer = new BatchWriter(file, disk)
    await writer.add(new Uint8Array(WRITE_BATCH_BYTES + 1))
  }
  assert.equal(heldBytes(), WRITE_BATCH_BYTES, 'what was not begun to be written is free')
  goOn(undefined)
  await before
  await disk.run(() => Promise.resolve())
  assert.equal(heldBytes(), 0)
})

test('what could not be written is no memory lost', async () => {
  await using dir = await tempDir()
  await using readOnly = await open(join(dir.path, 'file'), 'wx+').then(async (file) => {
    await file.close()
    return open(join(dir.path, 'file'), 'r')
  })
  using writer = new BatchWriter(readOnly, new Lane(1))
  await writer.add(new Uint8Array(2 * WRITE_PIECE_BYTES))
  await assert.rejects(writer.finish(), { code: 'EBADF' })
  assert.equal(heldBytes(), 0)
})

function takeAll(): Buffer[] {
  const taken: Buffer[] = []
  for (let piece = takePiece(); piece !== undefined; piece = takePiece()) taken.push(piece)
  return taken
}

const newFile = (dir: string): Promise<FileHandle> => open(join(dir, 'file'), 'wx')
