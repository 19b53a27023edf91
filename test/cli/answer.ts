// What a stand-in tracker answers to the next request of a command, and what it was asked.
import { text } from 'node:stream/consumers'
import { answerJson } from '#test/client/http-server.ts'
import type { StandIn } from '#test/client/stand-in.ts'

/** The next request is answered so; what it asked is kept. */
export function answer(world: StandIn, status: number, body?: unknown) {
  const seen: { body?: string } = {}
  world.next('tracker', async (request, response) => {
    seen.body = await text(request)
    if (body === undefined) response.writeHead(status).end()
    else answerJson(response, status, body)
  })
  return seen
}
