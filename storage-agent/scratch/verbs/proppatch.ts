// PROPPATCH: properties that clients set and remove, all of one request or none.
import { Problem } from '#shared/problems.ts'
import { sendMultistatus } from '../../dav/multistatus.ts'
import { DAV, elementsOf, emptyElement, nameOf, response as told } from '../../dav/properties.ts'
import { readXml } from '../../dav/request.ts'
import { type Element, XML_NS } from '../../dav/xml-parse.ts'
import { renderElement } from '../../dav/xml-render.ts'
import { MAX_PROPERTY_BYTES } from '../../limits.ts'
import { requireAllowed, type ScratchExchange } from '../exchange.ts'
import { readFacts, writeFacts } from '../facts.ts'
import { hrefOf } from '../paths.ts'
import { PROTECTED } from '../resource-properties.ts'
import { at, look } from '../tree.ts'

interface Patch {
  name: string
  /** The XML of its element; undefined: it goes. */
  value: string | undefined
}

export async function proppatch(exchange: ScratchExchange): Promise<void> {
  const { request, response, path, share, goOn } = exchange
  const patches = readPatches(await readXml(request, goOn))
  const refused = patches.filter(({ name }) => PROTECTED.has(name))
  const isCollection = await share.change(() =>
    at(share.files, path, async (place) => {
      const resource = await look(place)
      if (resource === undefined) throw new Problem('unknown_resource')
      await requireAllowed(exchange, [{ path, isMembership: false, isDeep: false }])
      if (refused.length > 0) return resource.isCollection
      const facts = await readFacts(place, resource)
      const properties = patched(facts.properties, patches)
      await writeFacts(place, resource, { ...facts, properties })
      return resource.isCollection
    }),
  )
  const others = patches.filter((patch) => !refused.includes(patch))
  const statuses =
    refused.length === 0
      ? ([[200, elements(patches)]] as const)
      : ([
          [403, elements(refused)],
          [424, elements(others)],
        ] as const)
  await sendMultistatus(response, [told(hrefOf(path, isCollection), statuses)])
}

const elements = (patches: readonly Patch[]) => patches.map(({ name }) => emptyElement(name))

/** In the order of the document, as RFC 4918 section 9.2 has it. */
function readPatches(root: Element | undefined): Patch[] {
  if (root === undefined || nameOf(root) !== `{${DAV}}propertyupdate`)
    throw new Problem('invalid_request', { xml: 'not a propertyupdate' })
  return elementsOf(root).flatMap((order) => {
    const isSet = nameOf(order) === `{${DAV}}set`
    if (!isSet && nameOf(order) !== `{${DAV}}remove`) return []
    const props = elementsOf(order).filter((each) => nameOf(each) === `{${DAV}}prop`)
    return props.flatMap((prop) =>
      elementsOf(prop).map((property) => ({
        name: nameOf(property),
        value: isSet ? renderElement(inLanguage(property, [prop, order, root])) : undefined,
      })),
    )
  })
}

/** The language of a value is part of it, even where an element above it says so. */
function inLanguage(property: Element, above: readonly Element[]): Element {
  const languages = [property, ...above].map(({ attributes }) =>
    attributes.find(({ ns, name }) => ns === XML_NS && name === 'lang'),
  )
  const [own, ...outer] = languages
  const inherited = own === undefined ? outer.find((lang) => lang !== undefined) : undefined
  return inherited === undefined
    ? property
    : { ...property, attributes: [...property.attributes, inherited] }
}

function patched(before: Readonly<Record<string, string>>, patches: readonly Patch[]) {
  const properties = new Map(Object.entries(before))
  for (const { name, value } of patches)
    if (value === undefined) properties.delete(name)
    else properties.set(name, value)
  const bytes = [...properties].flat().reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  if (bytes > MAX_PROPERTY_BYTES)
    throw new Problem('body_too_large', { maxBytes: MAX_PROPERTY_BYTES })
  return Object.fromEntries(properties)
}
