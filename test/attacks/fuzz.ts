// How much is tried: a little in every run, from a seed that a failure prints; more by
// `MOGILE_FUZZ=20 npm test -- attacks`, with so many times the tries.
import fc from 'fast-check'

const times = Number(process.env['MOGILE_FUZZ'] ?? 1)
export const tries = (few: number): { numRuns: number } => ({ numRuns: few * times })

/** Text as attackers like it: any bytes, signs of URLs, of JSON, of SQL, of paths. */
export const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom(...'/.\\%2e0:;?&=#\'"{}[]$\r\n\0 \u2028é'.split('')),
    maxLength: 30,
  }),
  fc.constantFrom('..', '../..', '%2e%2e/', '__proto__', 'NaN', '-1', '1e9', '9'.repeat(30), ''),
  fc.constantFrom('9007199254740993', '2147483648', '-0', '0x1', ' 1', 'null', 'true', '\ud800'),
)

export const hostileJson = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  hostileText,
  fc.double(),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(Number),
)
