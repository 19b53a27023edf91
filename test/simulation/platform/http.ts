// `node:http` for simulated processes: Node's own server, whose connections come from the simulated
// network instead of the kernel.
import * as real from 'node:http'
import type { ListenOptions } from 'node:net'
import type { HttpAnswer, HttpRequest } from '../network/exchange.ts'
import { MemorySocket } from '../network/socket-pair.ts'
import { here } from '../process.ts'

type RequestListener = real.RequestListener

export function createServer(
  options: real.ServerOptions | RequestListener,
  listener?: RequestListener,
): real.Server {
  const server =
    typeof options === 'function'
      ? real.createServer(options)
      : real.createServer(options, listener)
  let address = { address: '', family: 'IPv4', port: 0 }
  const process = here()
  const end = server.close.bind(server)
  // of one that is never closed, for its process was killed, Node keeps a timer
  process.ended.addEventListener('abort', () => {
    server.removeAllListeners()
    end()
  })

  const listen = (at: number | ListenOptions, name = '') => {
    const { port = 0, host = '' } = typeof at === 'number' ? { port: at, host: name } : at
    address = { address: host, family: 'IPv4', port }
    process.network.listen(`${host}:${port}`, process, (request, cutAfterBytes) =>
      serve(server, request, cutAfterBytes),
    )
    process.after(0, () => server.emit('listening'))
    return server
  }
  const close = (done?: () => void) => {
    process.network.silence(`${address.address}:${address.port}`)
    process.after(0, () => {
      server.emit('close')
      done?.()
    })
    return server
  }
  return Object.assign(server, { listen, close, address: () => address })
}

/** One request on a connection of its own. */
function serve(
  server: real.Server,
  { method, url, headers, body }: HttpRequest,
  cutAfterBytes: number | undefined,
): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>()
  const [ours, theirs] = MemorySocket.pair()
  server.emit('connection', theirs)
  const { pathname, search, host } = new URL(url)
  // agents answer some of those that are kept alive by themselves, without Node's server
  const connection = here().random.chance(0.5) ? 'keep-alive' : 'close'
  const length =
    method === 'PUT' || body.length > 0 ? { 'content-length': String(body.length) } : {}
  const asking = real.request({
    method,
    path: pathname + search,
    headers: { host, connection, ...length, ...headers },
    createConnection: () => ours,
  })
  asking.once('error', reject)
  asking.once('response', (response) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.once('error', reject)
    response.once('end', () => {
      const named = Object.entries(response.headersDistinct)
      const pairs = named.flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      )
      ours.destroy()
      resolve({ status: response.statusCode ?? 0, headers: pairs, body: Buffer.concat(chunks) })
    })
  })
  if (cutAfterBytes === undefined) asking.end(body)
  else {
    asking.write(body.subarray(0, cutAfterBytes), () => ours.destroy())
  }
  return promise
}
