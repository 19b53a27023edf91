// XML as text. An element is rendered so that it can be pasted anywhere: it declares all that it
// uses itself.
import { type Element, XML_NS } from './xml-parse.ts'

export const escapeXml = (text: string): string =>
  text.replaceAll(/[&<>"\r]/g, (character) => `&#${character.charCodeAt(0)};`)

export function renderElement(element: Element, defaultNs?: string): string {
  const { ns, name, attributes, children } = element
  const declared = ns === defaultNs ? '' : ` xmlns="${escapeXml(ns)}"`
  const fields = attributes.map((attribute, index) => {
    const value = `="${escapeXml(attribute.value)}"`
    if (attribute.ns === '') return ` ${attribute.name}${value}`
    if (attribute.ns === XML_NS) return ` xml:${attribute.name}${value}`
    return ` xmlns:a${index}="${escapeXml(attribute.ns)}" a${index}:${attribute.name}${value}`
  })
  const head = `${name}${declared}${fields.join('')}`
  if (children.length === 0) return `<${head}/>`
  return `<${head}>${renderChildren(element)}</${name}>`
}

export const renderChildren = ({ ns, children }: Element): string =>
  children
    .map((child) => (typeof child === 'string' ? escapeXml(child) : renderElement(child, ns)))
    .join('')
