// What an operator makes as root belongs to the account of the agent: that of the root directory.
import { chown, lstat, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** All that lies at the paths, which we made ourselves, becomes the root's owner's. */
export async function giveToOwner(root: string, paths: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) return // it is ours already, and we may give nothing away
  const { uid, gid } = await stat(root)
  if (uid === 0) return
  for (const path of paths) await give(path, uid, gid)
}

async function give(path: string, uid: number, gid: number): Promise<void> {
  const found = await lstat(path)
  if (found.isSymbolicLink()) return
  await chown(path, uid, gid)
  if (!found.isDirectory()) return
  for (const name of await readdir(path))
    if (name !== 'lost+found') await give(join(path, name), uid, gid)
}
