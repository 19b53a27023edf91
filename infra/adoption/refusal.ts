// Why a cluster is not taken over as it was asked, and what to do about it.
export class AdoptionRefusal extends Error {
  override readonly name = 'AdoptionRefusal'
  readonly code = 'not_adopted'
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}
