// PROPFIND: the properties of a resource, and with Depth: 1 those of a collection's members, one
// after the other as they are read.
import { opendir } from 'node:fs/promises'
import { Problem } from '#shared/problems.ts'
import { sendMultistatus } from '../../dav/multistatus.ts'
import { describe, readWish, type Wish } from '../../dav/properties.ts'
import { depthOf, readXml } from '../../dav/request.ts'
import type { ScratchExchange } from '../exchange.ts'
import { readFacts } from '../facts.ts'
import { hrefOf, isName, type Path } from '../paths.ts'
import { propertiesOf } from '../resource-properties.ts'
import type { Share } from '../share.ts'
import { at, look, openCollection, type Place, placeIn } from '../tree.ts'

export async function propfind({ request, response, path, share, goOn }: ScratchExchange) {
  const depth = depthOf(request) ?? 'infinity'
  const wish = readWish(await readXml(request, goOn))
  const found = await share.lane.run(() =>
    at(share.files, path, (place) => describePlace(share, path, place, wish)),
  )
  if (found === undefined) throw new Problem('unknown_resource')
  if (!found.isCollection || depth === '0') return sendMultistatus(response, [found.text])
  if (depth === 'infinity') throw new Problem('infinite_depth')
  await sendMultistatus(response, levels(share, path, wish, found.text))
}

async function* levels(share: Share, path: Path, wish: Wish, own: string) {
  yield own
  await using directory = await share.lane.run(() => openCollection(share.files, path))
  await using entries = await share.lane.run(() => opendir(`/proc/self/fd/${directory.fd}`))
  const next = () => share.lane.run(() => entries.read())
  for (let entry = await next(); entry !== null; entry = await next()) {
    const { name } = entry
    if (!isName(name)) continue
    const member = await share.lane.run(() =>
      describePlace(share, [...path, name], placeIn(directory, name), wish),
    )
    if (member !== undefined) yield member.text // or it went meanwhile
  }
}

async function describePlace(share: Share, path: Path, place: Place, wish: Wish) {
  const resource = await look(place)
  if (resource === undefined) return undefined
  const { isCollection } = resource
  const facts = await readFacts(place, resource)
  const locks = share.locks.covering(path)
  const properties = propertiesOf(resource, facts, locks, share.nowMs())
  return { isCollection, text: describe(hrefOf(path, isCollection), properties, wish) }
}
