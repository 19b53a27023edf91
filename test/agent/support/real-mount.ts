// File systems of a test's own, mounted over a device: small ones, that fill up or break for real.
// Only where the machine lets us mount.
import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import type { Host } from './host.ts'

const run = promisify(execFile)

export interface RealMount extends AsyncDisposable {
  /** Takes it away as an operator's `umount --lazy` does. */
  unmount: () => Promise<void>
  /** The block device's name, where there is one. */
  block: string
}

const IDENTITY = 'mogile-device.json'

/** A tmpfs over the device, with its identity on it. The agent must be stopped. */
export async function mountTmpfs(device: string, options: string): Promise<RealMount> {
  return mountOver(device, ['-t', 'tmpfs', '-o', options, 'tmpfs'])
}

/** An ext4 in a file, which turns itself read-only at its first error. */
export async function mountExt4(device: string, bytes: number): Promise<RealMount> {
  const image = `${device}.img`
  await writeFile(image, '')
  await truncate(image, bytes)
  await run('mkfs.ext4', ['-q', '-F', image])
  const mounted = await mountOver(device, ['-o', 'loop,errors=remount-ro', image])
  const dispose = mounted[Symbol.asyncDispose].bind(mounted)
  return Object.assign(mounted, {
    async [Symbol.asyncDispose]() {
      await dispose()
      await rm(image)
    },
  })
}

async function mountOver(device: string, args: readonly string[]): Promise<RealMount> {
  const identity = await readFile(join(device, IDENTITY))
  await rm(device, { recursive: true })
  await mkdir(device) // a mount point is empty
  await run('mount', [...args, device])
  let isMounted = true
  const unmount = async () => {
    if (isMounted) await run('umount', ['--lazy', device])
    isMounted = false
  }
  await writeFile(join(device, IDENTITY), identity)
  const { stdout } = await run('findmnt', ['-no', 'SOURCE', device])
  return { unmount, block: basename(stdout.trim()), [Symbol.asyncDispose]: unmount }
}

/** Why nothing can be mounted here, or false. */
export async function whyNoMounts(kind: 'tmpfs' | 'ext4'): Promise<string | false> {
  const needs = kind === 'tmpfs' ? '' : 'losetup --find >&2 && command -v mkfs.ext4 && '
  const probe = `${needs}mount -t tmpfs none /mnt && umount /mnt`
  try {
    await run('unshare', ['--mount', 'sh', '-c', probe])
    return false
  } catch {
    return `SKIPPED: no ${kind} can be mounted here (that takes root, outside of most containers)`
  }
}

/** The host's device 1 lies on another file system from now on. */
export async function moveDevice(
  host: Host,
  mount: (path: string) => Promise<RealMount>,
): Promise<RealMount> {
  await host.stop()
  const mounted = await mount(join(host.root, 'dev1'))
  await host.start()
  return mounted
}
