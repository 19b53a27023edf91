// `mog-agent reload`: the running agent is replaced by a new process, which has the program and the
// configuration of now. No request is refused. Ends when the new one has taken over.
import { readConfig } from '../config.ts'
import { askToReload } from '../rolling/reload-socket.ts'

export async function reload(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const reloaded = await askToReload(readConfig(env).root)
  if (reloaded.outcome === 'kept')
    throw new Error(`the agent goes on as it was: ${reloaded.reason}`)
  process.stdout.write(`process ${reloaded.pid} is the agent now\n`)
}
