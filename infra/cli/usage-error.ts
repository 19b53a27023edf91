// The command line was not understood: nothing was asked, and the exit code is 2.
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** The next command. */
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}
