// curl as a person types it, and everything that came back: the answers on the way (a redirect, a
// 100 Continue) as well as the last one.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'

/** Why tests by hand are skipped here, for `test(name, { skip: skipCurl }, ...)`. */
export const skipCurl: string | false =
  spawnSync('curl', ['--version']).status !== 0 && 'curl is not installed: nothing is done by hand'

export interface CurlAnswer {
  /** curl's own: 0, or 22 for a refusal with `-f`. */
  exitCode: number
  /** Status and headers of everything that was answered, the last one last. */
  answers: { status: number; headers: Headers }[]
  status: number
  headers: Headers
  body: Buffer
  /** What curl itself said; with `-v` what it sent. */
  said: string
}

const PLAIN = ['-q', '--noproxy', '*', '--silent', '--show-error', '--max-time', '100']

/** In a directory, where `-T` finds its files and `-O` leaves them. */
export async function curl(
  dir: string,
  args: readonly string[],
  input: Iterable<Uint8Array> = [],
): Promise<CurlAnswer> {
  const headerFile = join(dir, `headers-${randomUUID()}`)
  const child = spawn('curl', [...PLAIN, '--dump-header', headerFile, ...args], {
    cwd: dir,
    stdio: 'pipe',
  })
  const { promise: exited, resolve } = Promise.withResolvers<number>()
  child.once('close', (code) => resolve(code ?? -1))
  const [body, said] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    // curl may have heard enough before we have said all
    pipeline(input, child.stdin).catch(() => undefined),
  ])
  const exitCode = await exited
  const answers = await readAnswers(headerFile)
  const last = answers.at(-1) ?? { status: 0, headers: new Headers() }
  return { exitCode, answers, ...last, body, said }
}

/** Blocks of a status line and headers, each closed by an empty line. */
async function readAnswers(file: string): Promise<CurlAnswer['answers']> {
  const content = await readFile(file, 'latin1').catch(() => '') // no answer, no file
  await rm(file, { force: true })
  const blocks = content.split('\r\n\r\n').filter((block) => block.startsWith('HTTP/'))
  return blocks.map((block) => {
    const [statusLine = '', ...lines] = block.split('\r\n')
    const pairs = lines.map((line): [string, string] => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1).trim()]
    })
    return { status: Number(statusLine.split(' ')[1]), headers: new Headers(pairs) }
  })
}

/** The answer of a command that must have worked. */
export function expectStatus(answer: CurlAnswer, status: number): CurlAnswer {
  const { exitCode, said, body } = answer
  const facts = `curl ended with ${exitCode}: ${said}${body.subarray(0, 500).toString()}`
  assert.equal(answer.status, status, facts)
  assert.equal(exitCode, 0, facts)
  return answer
}
