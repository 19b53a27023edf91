// A receipt is an agent's word that it holds a fid durably: fsynced, this long, with this checksum.
// The tracker closes an upload on it without a network call. Signed under the host's ticket key.
import { Checksum, DeviceId, Fid } from './ids.ts'
import { macEquals } from './mac.ts'
import { macUnder, type VersionedKey } from './tickets.ts'

export interface Receipt {
  fid: Fid
  deviceId: DeviceId
  bytes: number
  checksum: Checksum
}

/** `fid.device.bytes.checksum.keyVersion.signature` */
export function signReceipt(receipt: Receipt, key: VersionedKey): string {
  const { fid, deviceId, bytes, checksum } = receipt
  const text = [fid, deviceId, bytes, checksum, key.version].join('.')
  return `${text}.${macUnder(key, signed(text))}`
}

/** The receipt, or undefined when it is malformed or signed by nobody who may. */
export function readReceipt(
  text: string,
  keysOf: (version: number) => readonly VersionedKey[],
): Receipt | undefined {
  const end = text.lastIndexOf('.')
  const [fid, deviceId, bytes, checksum, version, ...rest] = text.slice(0, end).split('.')
  if (end < 0 || version === undefined || rest.length > 0) return undefined

  const [what, signature] = [signed(text.slice(0, end)), text.slice(end + 1)]
  const isSigned = keysOf(Number(version)).some((key) => macEquals(signature, macUnder(key, what)))
  if (!isSigned) return undefined
  return {
    fid: Fid.parse(Number(fid)),
    deviceId: DeviceId.parse(Number(deviceId)),
    bytes: Number(bytes),
    checksum: Checksum.parse(checksum),
  }
}

/** Receipts and tickets share a key, so each signs texts that the other never does. */
const signed = (text: string) => `receipt\n${text}`
