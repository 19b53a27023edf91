// What system calls fail with, as Node words it.

export class SystemError extends Error {
  readonly code: string
  readonly syscall: string
  readonly path: string

  constructor(code: string, syscall: string, path: string) {
    super(`${code}: simulated, ${syscall} '${path}'`)
    this.code = code
    this.syscall = syscall
    this.path = path
  }
}
