// `--if-match` and `--if-none-match` of whatever writes under a key.
import type { Expected } from '#shared/client/expected.ts'
import type { Option } from './verb.ts'

export const expectedOptions = {
  'if-match': {
    type: 'string',
    value: 'TAG',
    says: 'only if the key holds this: a fid, a checksum, or * for any',
  },
  'if-none-match': {
    type: 'string',
    value: 'TAG',
    says: 'only if the key does not hold this; *: only if it holds nothing',
  },
} as const satisfies Record<string, Option>

type Values = Readonly<Partial<Record<keyof typeof expectedOptions, string>>>

export const readExpected = (values: Values): Expected => ({
  ifMatch: values['if-match'],
  ifNoneMatch: values['if-none-match'],
})
