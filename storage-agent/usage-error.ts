// A mistake of the person at the keyboard: said without a stack, and followed by the usage.
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
