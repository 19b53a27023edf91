// What a line says (MogileFS section 13): a command, and arguments that are URL-encoded bytes; and
// what is answered. Bytes that are no UTF-8 become lone surrogates, which no name of ours has, and
// are the same bytes again when they are written.
import { isUtf8 } from 'node:buffer'

export type Arguments = ReadonlyMap<string, string>
/** In this order. What is null is told as an empty text, what is undefined is left out. */
export type Fields = Readonly<Record<string, string | number | null | undefined>>

export interface Line {
  /** In lower case; empty where the line has none. */
  command: string
  args: Arguments
}

const COMMAND = /^(\w+)\s*(.*)$/s

export function parseLine(line: string): Line {
  const [, command = '', rest = ''] = COMMAND.exec(line) ?? []
  return { command: command.toLowerCase(), args: parseArguments(rest) }
}

/** Given twice, an argument is both values with a NUL between; a second `=` ends the value. */
export function parseArguments(text: string): Arguments {
  const args = new Map<string, string>()
  for (const pair of text.split('&')) {
    const [name = '', value = ''] = pair.split('=', 2)
    if (name === '') continue
    const key = decode(name)
    const before = args.get(key)
    args.set(key, before === undefined ? decode(value) : `${before}\0${decode(value)}`)
  }
  return args
}

export const okLine = (fields: Fields, callId?: string): string =>
  `OK ${encodeFields(callId === undefined ? fields : { ...fields, callid: callId })}\r\n`

export function errLine(code: string, text: string, callId?: string): string {
  const line = `ERR ${code} ${encode(text)}`
  return callId === undefined ? `${line}\r\n` : `${line} ${encode(callId)}\r\n`
}

export function encodeFields(fields: Fields): string {
  let text = ''
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    text += `${text === '' ? '' : '&'}${encode(name)}=${encode(String(value ?? ''))}`
  }
  return text
}

const ENCODED = /%([0-9a-fA-F]{2})/g
const IS_PLAIN = /^[\x20-\x7e]*$/

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%') && IS_PLAIN.test(spaced)) return spaced
  const unescaped = spaced.replaceAll(ENCODED, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  const bytes = Buffer.from(unescaped, 'latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : surrogatesOf(bytes)
}

const FIRST_SURROGATE = 0xdc00
const surrogatesOf = (bytes: Buffer): string =>
  Array.from(bytes, (byte) =>
    String.fromCharCode(byte < 0x80 ? byte : FIRST_SURROGATE + byte),
  ).join('')

const NEEDS_NO_CODE = /^[\w,\-./\\: ]*$/
const SAFE = /[\w,\-./\\:]/

export function encode(text: string): string {
  if (NEEDS_NO_CODE.test(text)) return text.replaceAll(' ', '+')
  let encoded = ''
  for (const byte of bytesOf(text)) {
    const char = String.fromCharCode(byte)
    if (char === ' ') encoded += '+'
    else if (SAFE.test(char)) encoded += char
    else encoded += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}

function bytesOf(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text)
  return Buffer.concat(
    Array.from(text, (char) => {
      const code = char.charCodeAt(0) - FIRST_SURROGATE
      return char.length === 1 && code >= 0x80 && code <= 0xff ? Buffer.of(code) : Buffer.from(char)
    }),
  )
}
