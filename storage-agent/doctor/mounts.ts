// The file systems of this host, as /proc/self/mountinfo tells of them (proc(5)), and what is to be
// said of one that keeps files. Pure, but for the reading.
import { readFile } from 'node:fs/promises'
import { doubtful, type Finding, well, wrong } from './finding.ts'

export interface MountPoint {
  path: string
  type: string
  source: string
  options: readonly string[]
}

const ESCAPED = /\\(\d{3})/g

export function mountsIn(mountinfo: string): MountPoint[] {
  return mountinfo
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [mount = '', system = ''] = line.split(' - ')
      const [, , , , path = '', options = ''] = mount.split(' ')
      const [type = '', source = '', superOptions = ''] = system.split(' ')
      const unescaped = path.replaceAll(ESCAPED, (_, octal: string) =>
        String.fromCodePoint(Number.parseInt(octal, 8)),
      )
      const all = [...options.split(','), ...superOptions.split(',')]
      return path === '' ? [] : [{ path: unescaped, type, source, options: all }]
    })
}

/** The one that a path lies on: of nested ones the innermost, of stacked ones the last. */
export const mountOf = (mounts: readonly MountPoint[], path: string): MountPoint | undefined =>
  mounts
    .filter((mount) => path === mount.path || path.startsWith(mount.path.replace(/\/?$/, '/')))
    .reduce<MountPoint | undefined>(
      (best, each) => (best !== undefined && best.path.length > each.path.length ? best : each),
      undefined,
    )

export const readMounts = async (): Promise<MountPoint[]> =>
  mountsIn(await readFile('/proc/self/mountinfo', 'utf8'))

const FORGETS = new Set(['tmpfs', 'ramfs'])
const REMOTE = /^(?:nfs|cifs|smb|fuse|9p|ceph)/
/** With them, fsync returns before the disk has the bytes. */
const UNSAFE = new Set(['nobarrier', 'barrier=0'])

export function judgeMount(about: string, mount: MountPoint, isRootToo: boolean): Finding[] {
  const { type, source, options, path } = mount
  const found: Finding[] = []
  if (options.includes('ro'))
    found.push(
      wrong(about, 'is mounted read-only', `look at dmesg, then: mount -o remount,rw ${path}`),
    )
  if (options.some((option) => UNSAFE.has(option)))
    found.push(
      wrong(about, 'is mounted without barriers: fsync means nothing', 'mount it with barriers'),
    )
  if (FORGETS.has(type)) found.push(wrong(about, `lies in memory (${type})`, 'mount a disk there'))
  if (REMOTE.test(type))
    found.push(doubtful(about, `is no local disk (${type})`, 'run the agent where the disks are'))
  if (isRootToo)
    found.push(
      doubtful(
        about,
        `shares the file system of the root (${source})`,
        'mount a disk of its own there, unless this host has but one',
      ),
    )
  if (!options.some((option) => ['noatime', 'relatime', 'nodiratime'].includes(option)))
    found.push(doubtful(about, 'writes at every read', 'mount it with noatime'))
  return found.length > 0 ? found : [well(about, `is ${type} on ${source}`)]
}
