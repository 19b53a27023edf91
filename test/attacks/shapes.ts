// Requests that two parsers could read in two ways (RFC 9112, sections 2.2, 5, 6, 7.1 and 11.2):
// each hides a second one, which a proxy in front may have taken for a body, or for nothing.

/** What must never be answered. */
export const HIDDEN = 'GET /health HTTP/1.1\r\nhost: hidden\r\n\r\n'

const lengthOfHidden = HIDDEN.length
const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`

/** `line` is METHOD TARGET of a request that takes a body. */
type Shape = (line: string) => string

const asBody =
  (fields: string, body = HIDDEN): Shape =>
  (line) =>
    `${line} HTTP/1.1\r\nhost: x\r\n${fields}\r\n\r\n${body}`

export const ambiguous: Readonly<Record<string, Shape>> = {
  'a length and chunks (CL.TE)': asBody(
    `content-length: 5\r\ntransfer-encoding: chunked`,
    `0\r\n\r\n${HIDDEN}`,
  ),
  'chunks and a length (TE.CL)': asBody(
    `transfer-encoding: chunked\r\ncontent-length: 4`,
    chunked(HIDDEN),
  ),
  'two lengths that differ': asBody(`content-length: 0\r\ncontent-length: ${lengthOfHidden}`),
  'two lengths in one field': asBody(`content-length: 0, ${lengthOfHidden}`),
  'a length with a sign': asBody('content-length: +0'),
  'a length below zero': asBody('content-length: -1'),
  'a length in hex': asBody('content-length: 0x0'),
  'a length with a space in it': asBody('content-length: 0 0'),
  'a length beyond all numbers': asBody('content-length: 18446744073709551616'),
  'an unknown coding': asBody('transfer-encoding: xchunked', `0\r\n\r\n${HIDDEN}`),
  'chunked, then another coding': asBody(
    'transfer-encoding: chunked, identity',
    `0\r\n\r\n${HIDDEN}`,
  ),
  'a space before the colon': asBody('transfer-encoding : chunked', `0\r\n\r\n${HIDDEN}`),
  'a name that begins with a space': asBody(' transfer-encoding: chunked', `0\r\n\r\n${HIDDEN}`),
  'a folded field': asBody('x: y\r\n content-length: 0'),
  'a folded coding': asBody('transfer-encoding:\r\n chunked', `0\r\n\r\n${HIDDEN}`),
  'a NUL in a field': asBody('x: a\0b\r\ncontent-length: 0'),
  'a carriage return alone': asBody('x: a\rcontent-length: 0'),
  'a field without a colon': asBody('content-length 0'),
  'a chunk size that is none': asBody('transfer-encoding: chunked', `g\r\n\r\n0\r\n\r\n${HIDDEN}`),
  'a chunk size with a sign': asBody('transfer-encoding: chunked', `-1\r\n\r\n0\r\n\r\n${HIDDEN}`),
  'a chunk size beyond all numbers': asBody(
    'transfer-encoding: chunked',
    `fffffffffffffffff\r\n\r\n0\r\n\r\n${HIDDEN}`,
  ),
  'a chunk that goes on after its end': asBody(
    'transfer-encoding: chunked',
    `1\r\nab\r\n0\r\n\r\n${HIDDEN}`,
  ),
  'chunk lines that end in a line feed': asBody('transfer-encoding: chunked', `0\n\n${HIDDEN}`),
  'no host': (line) => `${line} HTTP/1.1\r\ncontent-length: 0\r\n\r\n${HIDDEN}`,
  'lines that end in a line feed': (line) =>
    `${line} HTTP/1.1\nhost: x\ncontent-length: 0\n\n${HIDDEN}`,
  'no version': (line) => `${line}\r\n\r\n${HIDDEN}`,
  'a version that is none': (line) => `${line} HTTP/1.2.3\r\nhost: x\r\n\r\n${HIDDEN}`,
  'chunks in HTTP/1.0': (line) =>
    `${line} HTTP/1.0\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
}

/** What is odd and has one meaning: the body is the body, and what follows is the next request. */
export const odd: Readonly<Record<string, (line: string, body: string) => string>> = {
  'chunks of one byte': (line, body) =>
    `${line} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n${body
      .split('')
      .map((each) => `1\r\n${each}\r\n`)
      .join('')}0\r\n\r\n`,
  'chunk extensions': (line, body) =>
    `${line} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n` +
    `${body.length.toString(16)};name=value;other\r\n${body}\r\n0;last\r\n\r\n`,
  trailers: (line, body) =>
    `${line} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n` +
    `${body.length.toString(16)}\r\n${body}\r\n0\r\nx-trailer: y\r\n\r\n`,
  'names in capitals': (line, body) =>
    `${line} HTTP/1.1\r\nHOST: x\r\nCONTENT-LENGTH: ${body.length}\r\n\r\n${body}`,
  'spaces and tabs around values': (line, body) =>
    `${line} HTTP/1.1\r\nhost:\t x \t\r\ncontent-length: \t${body.length} \r\n\r\n${body}`,
  'zeros before the length': (line, body) =>
    `${line} HTTP/1.1\r\nhost: x\r\ncontent-length: 000${body.length}\r\n\r\n${body}`,
  'an empty line first': (line, body) =>
    `\r\n${line} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
}
