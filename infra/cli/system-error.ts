// What the operating system refused: it has a code, and is no defect of ours.
export const isSystemError = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'

/** `CODE: reason, call 'path'`, and of two paths `'path' -> 'path'`. */
const OF_NODE = /^[A-Z\d]+: (?<reason>.+), \w+ '(?<path>.*)'$/

/** As Node says it, the file first and without the call: `/a.jpg: no such file or directory`. */
export function systemReason({ message }: Error): string {
  const { reason, path } = OF_NODE.exec(message)?.groups ?? {}
  return path === undefined ? message : `${path}: ${reason}`
}
