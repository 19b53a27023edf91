// A listening socket that another process of this agent sent us (child_process). Node accepts
// connections of it from the first moment: they are held until it is known whose they are.
import type { Server, Socket } from 'node:net'

export class InheritedSocket {
  readonly server: Server
  readonly #held: Socket[] = []
  #to: Server | undefined

  /** To be called where it arrives, before anything else happens. */
  constructor(server: Server) {
    this.server = server
    server.on('connection', (socket: Socket) => {
      socket.setNoDelay(true)
      if (this.#to === undefined) this.#held.push(socket)
      else this.#to.emit('connection', socket)
    })
  }

  /** To a server that has listened there, or listens there now. */
  pass(to: Server | undefined): void {
    this.#to = to
    for (const socket of this.#held.splice(0)) to?.emit('connection', socket)
  }

  /** Nobody of us listens there any more. */
  drop(): void {
    this.server.close()
    for (const socket of this.#held.splice(0)) socket.destroy()
  }
}
