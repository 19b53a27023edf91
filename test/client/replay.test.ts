// A stream that is read from its start more than once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replay } from '#shared/client/replay.ts'

/** Gives a byte each time that it is told to. */
function handFed() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  return {
    readable,
    give: (byte: number) => writer.write(new Uint8Array([byte])),
    end: () => writer.close(),
  }
}

const allOf = async (stream: ReadableStream<Uint8Array>) =>
  new Uint8Array(await new Response(stream).arrayBuffer())

test('a short stream can be read again and again', async () => {
  const source = replay(new Blob([new Uint8Array([1, 2, 3])]).stream(), 3)
  for (let times = 0; times < 3; times++)
    assert.deepEqual(await allOf(source.next()), new Uint8Array([1, 2, 3]))
  assert.equal(source.isSpent(), false)
})

test('what a reader left behind had asked for goes to the next', async () => {
  const { readable, give, end } = handFed()
  const source = replay(readable, 10)
  const left = source.next().getReader()
  const asked = left.read()
  const whole = allOf(source.next())

  await give(1)
  await assert.rejects(asked, /another reader took over/)
  await give(2)
  await end()
  assert.deepEqual(await whole, new Uint8Array([1, 2]))
})

test('a reader that was replaced takes nothing from the one that is read', async () => {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of [1, 2, 3]) controller.enqueue(new Uint8Array(4).fill(byte))
      controller.close()
    },
  })
  const source = replay(stream, 4)
  const first = source.next().getReader()
  await first.read()
  const second = source.next()
  await assert.rejects(first.read(), /another reader took over/)
  assert.equal((await allOf(second)).length, 12)
  assert.equal(source.isSpent(), true)
  assert.throws(() => source.next(), /has no beginning/)
})
