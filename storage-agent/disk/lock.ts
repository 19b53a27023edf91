// One agent for one root, and for one device wherever it is mounted: two would write the same
// journals. The kernel frees a lock with the process that holds it, however that ends.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { join } from 'node:path'

/** Held until it is disposed. Throws where another process holds it. */
export async function lockRoot(root: string): Promise<AsyncDisposable> {
  const held = await lockFile(join(root, 'agent.lock'), 'a')
  if (held === undefined) throw new Error(`another agent serves ${root} already`)
  return held
}

/** `r`: a file that must be there. Undefined: another process holds it. */
export async function lockFile(
  path: string,
  flags: 'a' | 'r',
): Promise<AsyncDisposable | undefined> {
  await using opening = new AsyncDisposableStack()
  const file = opening.use(await open(path, flags, 0o600))
  return (await lock(file.fd)) ? opening.move() : undefined
}

/** Whether an agent serves it now. */
export async function isServed(root: string): Promise<boolean> {
  await using file = await open(join(root, 'agent.lock'), 'r')
  return !(await lock(file.fd))
}

/**
 * Node has no flock(2), but util-linux has: the lock belongs to the open file, which the child
 * shares with us, and so it stays when the child has ended.
 */
async function lock(fd: number): Promise<boolean> {
  const flock = spawn('flock', ['--nonblock', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] })
  await once(flock, 'exit')
  return flock.exitCode === 0
}
