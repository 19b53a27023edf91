// A client that was sent elsewhere may still be sending its body: it reads our answer only when it
// has, so some of it is taken and thrown away.
import type { IncomingMessage, ServerResponse } from 'node:http'

const READ_AWAY_BYTES = 4_194_304

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown

export const readingAway =
  (listener: Listener): Listener =>
  (request, response) => {
    response.once('finish', () => {
      if (request.complete || request.headers.expect !== undefined) return
      let left = READ_AWAY_BYTES
      request.on('data', (chunk: Buffer) => {
        left -= chunk.length
        if (left < 0) request.destroy()
      })
      request.resume()
    })
    return listener(request, response)
  }
