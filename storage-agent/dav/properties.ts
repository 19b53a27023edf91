// Properties of a resource as PROPFIND tells them (RFC 4918 sections 9.1 and 15). A property's name
// is written `{namespace}name`; its value is the XML of its element, whole.
import { Problem } from '#shared/problems.ts'
import type { Element } from './xml-parse.ts'
import { escapeXml } from './xml-render.ts'

export const DAV = 'DAV:'

export type PropertyName = string
/** By name, in the order in which they are told. */
export type Properties = ReadonlyMap<PropertyName, string>

export const nameOf = ({ ns, name }: Pick<Element, 'ns' | 'name'>): PropertyName => `{${ns}}${name}`

/** One of the protocol's own, its content being XML already. */
export const davProperty = (name: string, content: string): [PropertyName, string] => [
  `{${DAV}}${name}`,
  content === '' ? `<D:${name}/>` : `<D:${name}>${content}</D:${name}>`,
]

/** An element without content, for a name. */
export function emptyElement(property: PropertyName): string {
  const end = property.lastIndexOf('}')
  return `<${property.slice(end + 1)} xmlns="${escapeXml(property.slice(1, end))}"/>`
}

export type Wish =
  | { kind: 'all' }
  | { kind: 'names' }
  | { kind: 'some'; names: readonly PropertyName[] }

const isDav = (element: Element | string, name: string): element is Element =>
  typeof element !== 'string' && element.ns === DAV && element.name === name

export const elementsOf = ({ children }: Element): Element[] =>
  children.filter((child) => typeof child !== 'string')

/** What a PROPFIND asks for; no body asks for all. `include` adds nothing: all is all that is. */
export function readWish(root: Element | undefined): Wish {
  if (root === undefined) return { kind: 'all' }
  if (!isDav(root, 'propfind')) throw new Problem('invalid_request', { xml: 'not a propfind' })
  const prop = root.children.find((child) => isDav(child, 'prop'))
  if (prop !== undefined) return { kind: 'some', names: elementsOf(prop).map(nameOf) }
  if (root.children.some((child) => isDav(child, 'propname'))) return { kind: 'names' }
  if (root.children.some((child) => isDav(child, 'allprop'))) return { kind: 'all' }
  throw new Problem('invalid_request', { xml: 'a propfind that asks for nothing' })
}

/** One `response` of a multistatus. `href` is percent-encoded. */
export function describe(href: string, properties: Properties, wish: Wish): string {
  if (wish.kind === 'names')
    return response(href, [[200, [...properties.keys()].map(emptyElement)]])
  if (wish.kind === 'all') return response(href, [[200, [...properties.values()]]])
  const known = wish.names.flatMap((name) => properties.get(name) ?? [])
  const unknown = wish.names.filter((name) => !properties.has(name)).map(emptyElement)
  return response(href, [
    [200, known],
    [404, unknown],
  ])
}

const reasons = new Map([
  [200, 'OK'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [424, 'Failed Dependency'],
])

/** A `response` with the elements of its properties, by status. */
export function response(
  href: string,
  propstats: readonly (readonly [status: number, elements: readonly string[]])[],
): string {
  const told = propstats.filter(([, elements], at) => elements.length > 0 || at === 0)
  const filled = told.length > 1 ? told.filter(([, elements]) => elements.length > 0) : told
  const parts = filled.map(
    ([status, elements]) =>
      `<D:propstat><D:prop>${elements.join('')}</D:prop>` +
      `<D:status>HTTP/1.1 ${status} ${reasons.get(status)}</D:status></D:propstat>`,
  )
  return `<D:response><D:href>${escapeXml(href)}</D:href>${parts.join('')}</D:response>\n`
}
