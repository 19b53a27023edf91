// COPY and MOVE: the destination is what it was, or all of the new. A copy is made aside first; a
// move takes what is known of the file along before the file itself.
import { rename, rm } from 'node:fs/promises'
import { Problem } from '#shared/problems.ts'
import { depthOf, mayOverwrite } from '../../dav/request.ts'
import { problemOf } from '../../disk/failures.ts'
import { syncDirectory } from '../../disk/replace-file.ts'
import { copyAside } from '../copy-aside.ts'
import { lookUp, requireAllowed, type ScratchExchange } from '../exchange.ts'
import { forgetFacts, linkFacts, readFacts, writeFacts } from '../facts.ts'
import type { Change } from '../locks.ts'
import { isWithin, type Path, parseUri } from '../paths.ts'
import type { Share } from '../share.ts'
import { at, look, type Place, type Resource } from '../tree.ts'

export async function copy(exchange: ScratchExchange): Promise<void> {
  const { request, response, path, share } = exchange
  const destination = destinationOf(exchange)
  const depth = depthOf(request) ?? 'infinity'
  if (depth === '1') throw new Problem('invalid_request', { depth })
  const changes = [replaced(destination)]
  const temp = share.aside()
  try {
    const known = await share.lane.run(async () => {
      await requireRoute(exchange, destination, changes)
      return at(share.files, path, async (place) => {
        const resource = await look(place)
        if (resource === undefined) throw new Problem('unknown_resource')
        await copyAside(place, resource, temp, depth === 'infinity')
        return { resource, facts: await readFacts(place, resource) }
      })
    })
    const isNew = await share.change(async () => {
      await requireRoute(exchange, destination, changes)
      const { content, ...rest } = known.facts
      return replace(share, destination, known.resource, async (place) => {
        await rename(temp, place.path)
        const made = await look(place)
        if (made === undefined || made.isCollection) return
        const same = content && { ...content, modifiedMs: made.modifiedMs }
        await writeFacts(place, made, { ...rest, ...(same !== undefined && { content: same }) })
      })
    })
    response.writeHead(isNew ? 201 : 204, ['content-length', '0']).end()
  } catch (error) {
    throw problemOf(error)
  } finally {
    await share.lane.run(() => rm(temp, { recursive: true, force: true }))
  }
}

export async function move(exchange: ScratchExchange): Promise<void> {
  const { request, response, path, share } = exchange
  const destination = destinationOf(exchange)
  const depth = depthOf(request) ?? 'infinity'
  if (depth !== 'infinity' || path.length === 0) throw new Problem('invalid_request', { depth })
  const changes = [replaced(path), replaced(destination)]
  const isNew = await share.change(async () => {
    await requireRoute(exchange, destination, changes)
    const made = await at(share.files, path, async (from) => {
      const source = await look(from)
      if (source === undefined) throw new Problem('unknown_resource')
      return replace(share, destination, source, async (to) => {
        if (!source.isCollection) await linkFacts(from, to)
        await rename(from.path, to.path)
        await forgetFacts(from)
        await syncDirectory(from.parent)
      })
    })
    await share.locks.forget(path)
    return made
  })
  response.writeHead(isNew ? 201 : 204, ['content-length', '0']).end()
}

const replaced = (path: Path): Change => ({ path, isMembership: true, isDeep: true })

function destinationOf({ request, path }: ScratchExchange): Path {
  const uri = request.headers['destination']?.toString()
  if (uri === undefined) throw new Problem('invalid_request', { destination: 'missing' })
  const destination = parseUri(uri, request.headers.host)
  if (isWithin(destination, path) || isWithin(path, destination))
    throw new Problem('forbidden', { destination: 'one is within the other' })
  return destination
}

/** Throws where the source is not there, or what is at the destination must stay. */
async function requireRoute(
  exchange: ScratchExchange,
  destination: Path,
  changes: readonly Change[],
): Promise<void> {
  const { request, path, share } = exchange
  if ((await lookUp(share, path)) === undefined) throw new Problem('unknown_resource')
  await requireAllowed(exchange, changes)
  if (mayOverwrite(request)) return
  if ((await lookUp(share, destination)) !== undefined)
    throw new Problem('condition_failed', { overwrite: false })
}

/**
 * Has something new placed at a path. Whatever was there goes, or is there again where that fails;
 * a file takes the name of a file in one step. True: nothing was there.
 */
const replace = (
  share: Share,
  path: Path,
  { isCollection }: Resource,
  work: (place: Place) => Promise<void>,
): Promise<boolean> =>
  at(
    share.files,
    path,
    async (place) => {
      const before = await look(place)
      const aside = share.aside()
      const makesRoom = before !== undefined && (before.isCollection || isCollection)
      if (makesRoom) await rename(place.path, aside)
      try {
        await work(place)
      } catch (error) {
        if (makesRoom && (await look(place)) === undefined) await rename(aside, place.path)
        throw error
      }
      if (isCollection) await forgetFacts(place) // of a file that had the name
      await syncDirectory(place.parent)
      await share.locks.forgetBelow(path)
      await rm(aside, { recursive: true, force: true })
      return before === undefined
    },
    'no_parent',
  )
