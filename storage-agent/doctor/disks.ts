// What can be told of the file system and the disk below a device: its journal, its scheduler.
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { blockDeviceOf, nameOf, sysPathOf } from '../disk/block-device.ts'
import { doubtful, type Finding } from './finding.ts'

/** Nothing, where the kernel says nothing. */
export async function judgeDisk(
  about: string,
  directory: string,
  type: string,
): Promise<Finding[]> {
  const sysPath = await sysPathBelow(directory)
  if (sysPath === undefined) return []
  const found = [await judgeJournal(about, sysPath, type), await judgeScheduler(about, sysPath)]
  return found.filter((each) => each !== undefined)
}

async function sysPathBelow(directory: string): Promise<string | undefined> {
  try {
    const device = await blockDeviceOf(directory)
    return device === undefined ? undefined : await sysPathOf(device)
  } catch {
    return undefined
  }
}

/** ext4 has a thread for its journal, where it has a journal. */
async function judgeJournal(about: string, sysPath: string, type: string) {
  if (type !== 'ext4') return undefined
  const name = nameOf(sysPath)
  const told = await readdir(join('/sys/fs/ext4', name)).catch(() => undefined)
  if (told === undefined || told.includes('journal_task')) return undefined
  return doubtful(
    about,
    'is ext4 without a journal: a power cut may damage directories, which fsck repairs slowly',
    `unmount it, then: tune2fs -O has_journal /dev/${name}`,
  )
}

const ACTIVE = /\[([\w-]+)\]/

async function judgeScheduler(about: string, sysPath: string) {
  const queue = await queueOf(sysPath)
  if (queue === undefined) return undefined
  const read = async (file: string) => (await readFile(join(queue, file), 'utf8')).trim()
  const [isRotating, scheduler] = [(await read('rotational')) === '1', await read('scheduler')]
  return judgeQueue(about, { isRotating, schedulers: scheduler, disk: nameOf(dirname(queue)) })
}

/** Of a partition, the queue is its disk's. */
async function queueOf(sysPath: string): Promise<string | undefined> {
  for (const path of [sysPath, dirname(sysPath)]) {
    const names = await readdir(path).catch(() => undefined)
    if (names?.includes('queue') === true) return join(path, 'queue')
  }
  return undefined
}

interface Queue {
  isRotating: boolean
  /** `[none] mq-deadline`: as /sys tells it. */
  schedulers: string
  disk: string
}

/** Turning disks need an order of their requests, others are slowed by one. */
export function judgeQueue(
  about: string,
  { isRotating, schedulers, disk }: Queue,
): Finding | undefined {
  const active = ACTIVE.exec(schedulers)?.[1] ?? 'none'
  const better = isRotating && active === 'none' ? 'mq-deadline' : undefined
  const simpler = !isRotating && active === 'bfq' ? 'none' : undefined
  const wanted = better ?? simpler
  if (wanted === undefined || !schedulers.includes(wanted)) return undefined
  const kind = isRotating ? 'a turning disk' : 'a disk that does not turn'
  const remedy = `echo ${wanted} > /sys/block/${disk}/queue/scheduler, and a udev rule to keep it`
  return doubtful(about, `is on ${kind} with the scheduler ${active}`, remedy)
}
