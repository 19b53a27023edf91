// Who waits for a part that says nothing gives it up, and not one that is only slow.
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { Silence } from '#infra/serve/silence.ts'

test('silence is given up, a sign of life begins it anew, and who waits for nothing is not', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    let givenUp = 0
    const silence = new Silence(100, () => givenUp++)
    silence.begin()
    mock.timers.tick(90)
    silence.begin() // one more on the same wire
    mock.timers.tick(20)
    assert.equal(givenUp, 1)
    silence.begin()
    silence.hear(false)
    mock.timers.tick(1_000)
    assert.equal(givenUp, 1)
  } finally {
    mock.timers.reset()
  }
})
