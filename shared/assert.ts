// Assertions are for bugs, never for operating errors; they are not caught to be logged.

/** `rule` names the invariant: `I4 last replica`. */
export function assert(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${rule}`)
}
