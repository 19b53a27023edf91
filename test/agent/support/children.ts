// The processes that a process has started, as /proc tells of them.
import { readdir, readFile } from 'node:fs/promises'

/** Their numbers; with `isAlive`, the process itself, where it is still there. */
export async function childrenOf(pid: number, what?: 'isAlive'): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(pids.map(async (each) => ({ each, stat: await statOf(each) })))
  return found
    .filter(({ each, stat }) =>
      what === 'isAlive' ? each === pid && stat?.state !== 'Z' : stat?.parent === pid,
    )
    .map(({ each }) => each)
}

/** `pid (name) S ppid ...`: a name may hold anything. */
async function statOf(pid: number) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  const [state, parent] = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? []
  return text === undefined ? undefined : { state, parent: Number(parent) }
}
