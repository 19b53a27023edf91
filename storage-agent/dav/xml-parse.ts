// The XML of WebDAV requests: elements, namespaces, text. No DTD, so no entities but XML's own five
// and nothing that grows; bounded in length by who reads the body, and in depth here.
import { Problem } from '#shared/problems.ts'
import { MAX_XML_DEPTH } from '../limits.ts'

export interface Attribute {
  ns: string
  name: string
  value: string
}

export interface Element {
  ns: string
  name: string
  attributes: readonly Attribute[]
  children: (Element | string)[]
}

export const XML_NS = 'http://www.w3.org/XML/1998/namespace'
const XMLNS_NS = 'http://www.w3.org/2000/xmlns/'

/** What an element declares, and whatever is declared around it: as deep as elements may nest. */
interface Prefixes {
  declared: ReadonlyMap<string, string>
  outer?: Prefixes
}

interface Open {
  element: Element
  tag: string
  prefixes: Prefixes
}

const NAME = String.raw`[A-Za-z_\u00c0-\u{10ffff}][\w.\-\u00b7\u00c0-\u{10ffff}]*`
const QNAME = `(?:${NAME}:)?${NAME}`
const VALUE = `"[^"<]*"|'[^'<]*'`
const ATTRIBUTE = new RegExp(String.raw`\s+(${QNAME})\s*=\s*(${VALUE})`, 'gu')
const ATTRIBUTES = String.raw`(?:\s+${QNAME}\s*=\s*(?:${VALUE}))*`
const TOKEN = new RegExp(
  [
    String.raw`<\?[^?]*(?:\?(?!>)[^?]*)*\?>`,
    String.raw`<!--[^-]*(?:-(?!-)[^-]*)*-->`,
    String.raw`<!\[CDATA\[(?<cdata>[^\]]*(?:\](?!\]>)[^\]]*)*)\]\]>`,
    String.raw`<\/(?<close>${QNAME})\s*>`,
    String.raw`<(?<open>${QNAME})(?<attributes>${ATTRIBUTES})\s*(?<empty>\/?)>`,
    '(?<text>[^<]+)',
  ].join('|'),
  'uy',
)

const malformed = (problem: string) => new Problem('invalid_request', { xml: problem })

/** The root element of a document. Throws a Problem where the text is not well-formed. */
export function parseXml(text: string): Element {
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text))
    throw malformed('a character that XML does not have')
  const above: Open[] = []
  /** Holds the root, and whatever stands beside it. */
  const document: Element = { ns: '', name: '', attributes: [], children: [] }
  const place = (child: Element | string) =>
    (above.at(-1)?.element ?? document).children.push(child)
  for (const token of tokensOf(text)) {
    const { cdata, close, open, attributes = '', empty, text: plain = '' } = token
    if (open === undefined && close === undefined) place(cdata ?? resolveReferences(plain))
    else if (open === undefined) {
      if (above.pop()?.tag !== close) throw malformed(`</${close}> closes nothing`)
    } else {
      if (above.length >= MAX_XML_DEPTH) throw malformed('too deep')
      const opened = openElement(open, attributes, above.at(-1)?.prefixes)
      place(opened.element)
      if (empty === '') above.push(opened)
    }
  }
  if (above.length > 0) throw malformed('an element is not closed')
  return rootOf(document)
}

/** All of the text, or a Problem. */
function* tokensOf(text: string): Generator<Partial<Record<string, string>>> {
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at
    const token = TOKEN.exec(text)?.groups
    if (token === undefined) throw malformed(`not well-formed at ${at}, or a DTD`)
    yield token
  }
}

function rootOf({ children }: Element): Element {
  const [root, ...others] = children.filter(
    (each) => typeof each !== 'string' || each.trim() !== '',
  )
  if (typeof root !== 'object' || others.length > 0) throw malformed('not one root')
  return root
}

const outermost: Prefixes = {
  declared: new Map([
    ['', ''],
    ['xml', XML_NS],
  ]),
}

function namespaceOf(prefix: string, scope: Prefixes | undefined): string | undefined {
  if (scope === undefined) return undefined
  return scope.declared.get(prefix) ?? namespaceOf(prefix, scope.outer)
}

function openElement(tag: string, attributeText: string, scope: Prefixes = outermost): Open {
  const written = [...attributeText.matchAll(ATTRIBUTE)].map(([, name = '', quoted = '']) => ({
    name,
    value: resolveReferences(quoted.slice(1, -1)),
  }))
  if (new Set(written.map(({ name }) => name)).size < written.length)
    throw malformed(`<${tag}> has an attribute twice`)

  const declared: [prefix: string, ns: string][] = []
  for (const { name, value } of written) {
    const [first, prefix] = splitName(name)
    if (name === 'xmlns') declared.push(['', value])
    if (first !== 'xmlns' || prefix === '') continue
    if (value === '' || prefix === 'xml' || prefix === 'xmlns' || value === XMLNS_NS)
      throw malformed(`xmlns:${prefix} may not be declared so`)
    declared.push([prefix, value])
  }
  const prefixes = declared.length === 0 ? scope : { declared: new Map(declared), outer: scope }
  const attributes = written
    .filter(({ name }) => name !== 'xmlns' && !name.startsWith('xmlns:'))
    .map(({ name, value }) => Object.assign(inNamespace(name, prefixes, true), { value }))
  const element = { ...inNamespace(tag, prefixes, false), attributes, children: [] }
  return { element, tag, prefixes }
}

function splitName(name: string): [prefix: string, local: string] {
  const colon = name.indexOf(':')
  return colon < 0 ? [name, ''] : [name.slice(0, colon), name.slice(colon + 1)]
}

/** An attribute without a prefix is in no namespace, whatever the default is. */
function inNamespace(name: string, prefixes: Prefixes, isAttribute: boolean) {
  const [prefix, local] = splitName(name)
  if (local === '') return { ns: isAttribute ? '' : (namespaceOf('', prefixes) ?? ''), name }
  const ns = namespaceOf(prefix, prefixes)
  if (ns === undefined) throw malformed(`the prefix ${prefix} is not declared`)
  return { ns, name: local }
}

const entities = new Map(Object.entries({ lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }))

const resolveReferences = (text: string): string =>
  text.replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));|&/gi, (all, decimal, hex, name) => {
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal)
    const character = name === undefined ? characterOf(code) : entities.get(String(name))
    if (character === undefined) throw malformed(`${all} stands for nothing`)
    return character
  })

function characterOf(code: number): string | undefined {
  const isCharacter =
    [9, 10, 13].includes(code) ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x1_0000 && code <= 0x10_ffff)
  return isCharacter ? String.fromCodePoint(code) : undefined
}
