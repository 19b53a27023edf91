// Tells systemd that the agent is ready, and which process it is from now on (sd_notify(3)). Node
// has no datagrams of Unix sockets; systemd's own program sends them.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Does nothing where no systemd waits for it. */
export async function notifyReady(
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  if (env['NOTIFY_SOCKET'] === undefined) return
  await promisify(execFile)('systemd-notify', ['--ready', `--pid=${process.pid}`])
}
