// Commands that must be refused, each by its code.
import assert from 'node:assert/strict'
import type { LineClient } from '../support/line-client.ts'

export type Refused = [
  command: string,
  args: Readonly<Record<string, string | number>>,
  code: string,
]

export async function expectRefusals(line: LineClient, refused: readonly Refused[]): Promise<void> {
  for (const [command, args, code] of refused)
    assert.equal(await line.refusal(command, args), code, `${command} ${JSON.stringify(args)}`)
}
