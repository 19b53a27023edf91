// The configuration file: variables as in an environment, read by ourselves, so that whoever starts
// the agent, or runs `init` and `doctor` by hand, means the same. The environment goes before it.
import { readFileSync } from 'node:fs'
import { isSea } from 'node:sea'
import { parseEnv } from 'node:util'
import { codeOf } from './disk/failures.ts'

/** Of the package: read where it is, and nothing else was named. */
const INSTALLED = '/etc/mog-agent/agent.env'

type Environment = Readonly<Record<string, string | undefined>>

/** What the file says and the environment does not is put there: libuv reads it, too. */
export function readConfigFile(file: string | undefined, env: NodeJS.ProcessEnv): Environment {
  const text = file === undefined ? readInstalled() : readFileSync(file, 'utf8')
  for (const [name, value] of Object.entries(parseEnv(text))) env[name] ??= value
  return env
}

function readInstalled(): string {
  if (!isSea()) return '' // from a repository, the machine's own agent is none of our business
  try {
    return readFileSync(INSTALLED, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ''
    throw error
  }
}
