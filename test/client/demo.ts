// The SDK connected to a stand-in, with a clock that the test holds.
import { connect } from '#shared/client/connect.ts'
import type { StandIn } from './stand-in.ts'
import { testClock } from './test-clock.ts'

export function demoOf({ url, key }: StandIn) {
  const clock = testClock()
  const client = connect({ url, key, clock })
  return { client, demo: client.domain('demo'), clock }
}
