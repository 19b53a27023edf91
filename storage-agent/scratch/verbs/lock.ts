// LOCK, which takes a lock or keeps one longer, and UNLOCK. A lock on a name that nothing has makes
// an empty file of that name.
import { writeFile } from 'node:fs/promises'
import { Problem } from '#shared/problems.ts'
import { parseIf } from '../../dav/if-header.ts'
import { sendXml } from '../../dav/multistatus.ts'
import { DAV, elementsOf, nameOf } from '../../dav/properties.ts'
import { depthOf, lockSecondsOf, readXml } from '../../dav/request.ts'
import type { Element } from '../../dav/xml-parse.ts'
import { renderElement } from '../../dav/xml-render.ts'
import { syncDirectory } from '../../disk/replace-file.ts'
import { requireAllowed, type ScratchExchange } from '../exchange.ts'
import { forgetFacts } from '../facts.ts'
import type { Lock } from '../locks.ts'
import { activeLock } from '../resource-properties.ts'
import { at, look } from '../tree.ts'

export async function lock(exchange: ScratchExchange): Promise<void> {
  const { request, path, share, goOn } = exchange
  const depth = depthOf(request) ?? 'infinity'
  const seconds = lockSecondsOf(request)
  const info = await readXml(request, goOn)
  if (info === undefined) {
    const token = tokenToRefresh(exchange)
    const refreshed = await share.change(() => share.locks.refresh(token, seconds))
    return tell(exchange, 200, refreshed)
  }
  if (depth === '1') throw new Problem('invalid_request', { depth })
  const wish = { ...readLockInfo(info), path, isDeep: depth === 'infinity', seconds }
  const { isNew, taken } = await share.change(() =>
    at(
      share.files,
      path,
      async (place) => {
        const isMissing = (await look(place)) === undefined
        const changes = isMissing ? [{ path, isMembership: true, isDeep: false }] : []
        await requireAllowed(exchange, changes)
        const granted = await share.locks.take(wish)
        if (isMissing) {
          await writeFile(place.path, '', { flag: 'wx', mode: 0o640 })
          await forgetFacts(place)
          await syncDirectory(place.parent)
        }
        return { isNew: isMissing, taken: granted }
      },
      'no_parent',
    ),
  )
  tell(exchange, isNew ? 201 : 200, taken, ['lock-token', `<${taken.token}>`])
}

export async function unlock({ request, response, path, share }: ScratchExchange): Promise<void> {
  const token = /^\s*<([^<>]+)>\s*$/.exec(request.headers['lock-token']?.toString() ?? '')?.[1]
  if (token === undefined) throw new Problem('invalid_request', { lockToken: 'missing' })
  await share.change(async () => {
    if (!share.locks.covering(path).some((each) => each.token === token))
      throw new Problem('lock_mismatch')
    await share.locks.release(token)
  })
  response.writeHead(204).end()
}

function tell(
  { response, share }: ScratchExchange,
  status: number,
  granted: Lock,
  headers: readonly string[] = [],
): void {
  const discovery = `<D:lockdiscovery>${activeLock(granted, share.nowMs())}</D:lockdiscovery>`
  sendXml(response, status, `<D:prop xmlns:D="DAV:">${discovery}</D:prop>\n`, headers)
}

/** The lock that the If header names, on this resource or above it. */
function tokenToRefresh({ request, path, share }: ScratchExchange): string {
  const field = request.headers['if']?.toString()
  if (field === undefined) throw new Problem('invalid_request', { if: 'missing' })
  const named = new Set(
    parseIf(field).flatMap(({ conditions }) => conditions.map(({ token }) => token)),
  )
  const found = share.locks.covering(path).find(({ token }) => named.has(token))
  if (found === undefined) throw new Problem('condition_failed', { lock: 'not of this resource' })
  return found.token
}

const find = (parent: Element | undefined, name: string) =>
  parent && elementsOf(parent).find((each) => nameOf(each) === `{${DAV}}${name}`)

function readLockInfo(root: Element): Pick<Lock, 'isExclusive' | 'owner'> {
  const scope = find(root, 'lockscope')
  const isExclusive = find(scope, 'exclusive') !== undefined
  const isGood =
    nameOf(root) === `{${DAV}}lockinfo` &&
    find(find(root, 'locktype'), 'write') !== undefined &&
    isExclusive !== (find(scope, 'shared') !== undefined)
  if (!isGood) throw new Problem('invalid_request', { xml: 'not a lock that can be had' })
  const owner = find(root, 'owner')
  return { isExclusive, owner: owner === undefined ? '' : renderElement(owner) }
}
