// The open connections of a server, those included that another one had accepted for it: Node
// counts those for the other.
import type { Server, Socket } from 'node:net'

export class Connections {
  #open = 0
  #isListening = true
  readonly #ended = Promise.withResolvers<undefined>()

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#open++
      socket.once('close', () => {
        this.#open--
        this.#look()
      })
    })
  }

  /** Resolves when there are none. To be called when the server takes no more. */
  ended(): Promise<undefined> {
    this.#isListening = false
    this.#look()
    return this.#ended.promise
  }

  #look(): void {
    if (!this.#isListening && this.#open === 0) this.#ended.resolve(undefined)
  }
}
