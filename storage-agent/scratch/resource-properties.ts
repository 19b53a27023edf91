// All properties of a resource of the share: the protocol's own, and what clients gave it.

import { davProperty, type Properties } from '../dav/properties.ts'
import { escapeXml } from '../dav/xml-render.ts'
import { DEFAULT_TYPE } from '../http/file-answer.ts'
import { etagOf, type Facts } from './facts.ts'
import type { Lock } from './locks.ts'
import { hrefOf } from './paths.ts'
import type { Resource } from './tree.ts'

const LOCK_ENTRY = (scope: string) =>
  `<D:lockentry><D:lockscope><D:${scope}/></D:lockscope>` +
  '<D:locktype><D:write/></D:locktype></D:lockentry>'
const SUPPORTED_LOCKS = LOCK_ENTRY('exclusive') + LOCK_ENTRY('shared')

/** Those that a PROPPATCH may not change. */
export const PROTECTED: ReadonlySet<string> = new Set(
  [
    'creationdate',
    'getcontentlength',
    'getcontenttype',
    'getetag',
    'getlastmodified',
    'lockdiscovery',
    'resourcetype',
    'supportedlock',
  ].map((name) => `{DAV:}${name}`),
)

export function propertiesOf(
  resource: Resource,
  facts: Facts,
  locks: readonly Lock[],
  nowMs: number,
): Properties {
  const { isCollection, bytes, createdMs, modifiedMs } = resource
  const ofFile = [
    davProperty('getcontentlength', String(bytes)),
    davProperty('getcontenttype', escapeXml(facts.contentType ?? DEFAULT_TYPE)),
    davProperty('getetag', escapeXml(etagOf(resource, facts) ?? '')),
  ]
  return new Map([
    davProperty('resourcetype', isCollection ? '<D:collection/>' : ''),
    davProperty('creationdate', new Date(createdMs).toISOString()),
    davProperty('getlastmodified', new Date(modifiedMs).toUTCString()),
    ...(isCollection ? [] : ofFile),
    davProperty('supportedlock', SUPPORTED_LOCKS),
    davProperty('lockdiscovery', locks.map((lock) => activeLock(lock, nowMs)).join('')),
    ...Object.entries(facts.properties),
  ])
}

export function activeLock(lock: Lock, nowMs: number): string {
  const { token, path, isDeep, isExclusive, owner, untilMs } = lock
  const left = Math.max(Math.round((untilMs - nowMs) / 1_000), 0)
  return [
    '<D:activelock><D:locktype><D:write/></D:locktype>',
    `<D:lockscope><D:${isExclusive ? 'exclusive' : 'shared'}/></D:lockscope>`,
    `<D:depth>${isDeep ? 'infinity' : '0'}</D:depth>${owner}`,
    `<D:timeout>Second-${left}</D:timeout>`,
    `<D:locktoken><D:href>${escapeXml(token)}</D:href></D:locktoken>`,
    `<D:lockroot><D:href>${escapeXml(hrefOf(path, false))}</D:href></D:lockroot></D:activelock>`,
  ].join('')
}
