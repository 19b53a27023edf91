// `node:child_process` for simulated processes: the few programs that agents start.
import { EventEmitter } from 'node:events'
import { SystemError } from '../disk/system-error.ts'
import { here } from '../process.ts'
import { machineHere } from './machine-here.ts'
import { timed } from './timed.ts'

interface Child extends EventEmitter {
  exitCode: number | null
}

/** flock(1): the agent is the only one of its machine. */
export function spawn(program: string): Child {
  // oxlint-disable-next-line unicorn/prefer-event-target -- it is what a child process is
  const child: Child = Object.assign(new EventEmitter(), { exitCode: null })
  here().after(1, () => {
    if (program !== 'flock') return child.emit('error', new SystemError('ENOENT', 'spawn', program))
    child.exitCode = 0
    return child.emit('exit', 0)
  })
  return child
}

type Done = (error: Error | null, result: { stdout: string; stderr: string }) => void

/** sync(1): `-f PATH` makes durable what the file system below the path holds. */
export function execFile(program: string, args: readonly string[], done: Done): void {
  const nothing = { stdout: '', stderr: '' }
  const path = program === 'sync' ? args.at(-1) : undefined
  if (path === undefined) {
    here().after(1, () => done(new SystemError('ENOENT', 'spawn', program), nothing))
    return
  }
  const { fs } = machineHere().find(path, 'syncfs')
  const synced = timed(fs, () => {
    fs.demandWritable('syncfs', path)
    fs.syncAll()
  })
  void tell(synced, (error) => done(error, nothing))
}

async function tell(work: Promise<void>, done: (error: Error | null) => void): Promise<void> {
  try {
    await work
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)))
    return
  }
  done(null)
}
