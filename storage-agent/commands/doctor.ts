// `mog-agent doctor`: says what is well, what is not, and what to do. Changes nothing but a file
// that it writes to each device and removes. Ends with 1 where something is wrong.
import { diagnose } from '../doctor/diagnose.ts'
import type { Finding } from '../doctor/finding.ts'

const WORDS = { ok: 'ok   ', warn: 'WARN ', fail: 'WRONG' } as const

export async function doctor(
  { json }: { json?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const findings = await diagnose(env)
  const text =
    json === true ? JSON.stringify(findings, undefined, 2) : findings.map(tell).join('\n')
  process.stdout.write(`${text}\n`)
  process.exitCode = findings.some(({ level }) => level === 'fail') ? 1 : 0
}

const tell = ({ level, about, says, remedy }: Finding): string =>
  `${WORDS[level]}  ${about}: ${says}${remedy === undefined ? '' : `\n       do: ${remedy}`}`
