// The name of one request in every log that it passes: the client's own, in `X-Request-Id`, where
// that is fit to stand in a log, or one that we make.
export const REQUEST_ID_HEADER = 'x-request-id'

const FIT = /^[\w.:-]{1,64}$/

export const requestIdOf = (given: unknown, make: () => string): string =>
  typeof given === 'string' && FIT.test(given) ? given : make()
