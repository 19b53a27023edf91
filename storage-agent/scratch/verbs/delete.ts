// DELETE of a file or a collection: all of it or nothing. It leaves its name at once, and its bytes
// go afterwards.
import { rename, rm } from 'node:fs/promises'
import { Problem } from '#shared/problems.ts'
import { depthOf } from '../../dav/request.ts'
import { syncDirectory } from '../../disk/replace-file.ts'
import { requireAllowed, type ScratchExchange } from '../exchange.ts'
import { forgetFacts } from '../facts.ts'
import { at, look } from '../tree.ts'

export async function remove(exchange: ScratchExchange): Promise<void> {
  const { request, response, path, share } = exchange
  if (path.length === 0) throw new Problem('method_not_allowed', { reason: 'the root stays' })
  const depth = depthOf(request) ?? 'infinity'
  const aside = share.aside()
  await share.change(async () => {
    await at(share.files, path, async (place) => {
      const resource = await look(place)
      if (resource === undefined) throw new Problem('unknown_resource')
      if (resource.isCollection && depth !== 'infinity')
        throw new Problem('invalid_request', { depth })
      await requireAllowed(exchange, [{ path, isMembership: true, isDeep: true }])
      await rename(place.path, aside)
      await forgetFacts(place)
      await syncDirectory(place.parent)
    })
    await share.locks.forget(path)
  })
  await share.lane.run(() => rm(aside, { recursive: true }))
  response.writeHead(204).end()
}
