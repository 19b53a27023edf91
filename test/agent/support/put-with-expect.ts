// A PUT as a careful client does it: the body waits until the agent says that it wants it.
import { type IncomingMessage, request } from 'node:http'
import { json } from 'node:stream/consumers'
import * as z from 'zod'

const Refused = z.object({ code: z.string() })

/** The status of a PUT whose client waits to be told to go on, and whether it was. */
export async function putWithExpect(url: string, bytes: number) {
  const asking = request(url, {
    method: 'PUT',
    headers: { 'content-length': bytes, expect: '100-continue' },
  })
  let isToldToGoOn = false
  asking.once('continue', () => {
    isToldToGoOn = true
    asking.destroy()
  })
  asking.flushHeaders()
  const answered = Promise.withResolvers<IncomingMessage>()
  asking.once('response', answered.resolve).once('error', answered.reject)
  const response = await answered.promise
  const { code } = Refused.parse(await json(response))
  return { status: response.statusCode, code, isToldToGoOn }
}
