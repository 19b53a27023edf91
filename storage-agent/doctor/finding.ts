// What the doctor finds: one sentence, how bad it is, and where it is bad, what to do.

export interface Finding {
  level: 'ok' | 'warn' | 'fail'
  /** What was looked at: `clock`, `dev3`. */
  about: string
  says: string
  /** Something that one can do. */
  remedy?: string
}

export const well = (about: string, says: string): Finding => ({ level: 'ok', about, says })

/** It works, but not as well or not as safely as it should. */
export const doubtful = (about: string, says: string, remedy: string): Finding => ({
  level: 'warn',
  about,
  says,
  remedy,
})

/** It does not work, or bytes are in danger. */
export const wrong = (about: string, says: string, remedy: string): Finding => ({
  level: 'fail',
  about,
  says,
  remedy,
})

export const reasonOf = (error: unknown): string =>
  error instanceof Error && error.message !== '' ? error.message : String(error)
