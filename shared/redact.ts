// The last door before a log: what gives a right to anything does not pass, should it ever come so
// far. Tickets and links in URLs, keys and tokens by their look, and fields by their names.

const REMOVED = '[removed]'
const SECRET_NAME = /secret|password|passwd|credential|authorization|token|^cookie$/i

const SECRETS: readonly [RegExp, string][] = [
  // the signature makes a URL a right
  [/([?&]sig=)[^&\s"'<>]+/g, `$1${REMOVED}`],
  [/\b((?:mog|agent|enroll)_)[\w-]{20,}/g, `$1${REMOVED}`],
  [/\b(Bearer|Basic) +[\w.~+/=-]{8,}/gi, `$1 ${REMOVED}`],
  // the password of a database's URL
  [/(\w+:\/\/[^\s/:@]+:)[^\s/@]+@/g, `$1${REMOVED}@`],
]

export const redactText = (text: string): string =>
  SECRETS.reduce((safe, [pattern, instead]) => safe.replace(pattern, instead), text)

/** For `JSON.stringify`: what it writes of a field. */
export const redactField = (name: string, value: unknown): unknown => {
  if (typeof value === 'string') return SECRET_NAME.test(name) ? REMOVED : redactText(value)
  return value
}
