// What a command itself gives as a reason, where no server and no system refused.
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly code: 'not_a_file' | 'gave_up'
  readonly hint: string

  constructor(code: CommandFailure['code'], message: string, hint: string) {
    super(message)
    this.code = code
    this.hint = hint
  }
}
