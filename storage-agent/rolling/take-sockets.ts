// The first half of taking over: all that can fail is tried while the predecessor still serves as
// if nothing happened; then its sockets are ours as well, and we know its devices by its word.
import type { Clock } from '#shared/clock.ts'
import type { Base } from '../base.ts'
import { type CertificateFiles, readCertificate } from '../http/certificate.ts'
import { requireFree } from '../http/require-free.ts'
import { prepareShare, type ShareOptions } from '../scratch/share.ts'
import type { Addresses } from './messages.ts'
import { type Inherited, newAddresses, type Predecessor } from './predecessor.ts'

interface Wish extends Addresses {
  root: string
  certificate?: CertificateFiles
  scratch?: ShareOptions
}

export async function takeSockets(
  predecessor: Predecessor,
  wish: Wish,
  { devices, trackerTime }: Pick<Base, 'devices' | 'trackerTime'>,
  clock: Clock,
): Promise<Inherited> {
  const { root, certificate, scratch } = wish
  const told = await predecessor.tell(root)
  if (certificate !== undefined) await readCertificate(certificate)
  if (scratch !== undefined) await prepareShare(scratch)
  await requireFree(newAddresses(wish, told.addresses))
  devices.expect(told.devices)
  trackerTime.set(clock.nowMs() + told.offsetMs, clock.nowMs())
  return predecessor.inherit(wish, told.addresses)
}
