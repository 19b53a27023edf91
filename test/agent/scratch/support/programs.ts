// Other people's programs, run to their end in a directory of the test's own.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

export const skipWithout = (program: string) =>
  spawnSync('which', [program]).status !== 0 && `${program} is not installed: not tried with it`

export interface Run {
  cwd: string
  input?: string
  env?: Readonly<Record<string, string>>
}

/** What the program wrote, to both of its outputs. Fails where it does not end with success. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd, input, env }: Run,
) {
  const { PATH } = process.env
  const child = spawn(program, args, {
    cwd,
    env: { PATH, HOME: cwd, TMPDIR: cwd, TERM: 'dumb', ...env },
    stdio: 'pipe',
  })
  child.stdin.end(input)
  const exited = once(child, 'exit')
  const [out, said] = await Promise.all([text(child.stdout), text(child.stderr)])
  await exited
  assert.equal(child.exitCode, 0, `${program} ${args.join(' ')}:\n${out}${said}`)
  return out + said
}
