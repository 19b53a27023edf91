// create_close (MogileFS Q02): the key is linked to what was stored at the path. There is no
// receipt, so the tracker asks the node. A close that is refused gives the upload up, as MogileFS
// does: what it left on disks is erased.
import type { Ask } from '#shared/client/tracker.ts'
import { Unreachable } from '#shared/client/unreachable.ts'
import { Checksum, DeviceId } from '#shared/ids.ts'
import { MAX_FILE_BYTES } from '#shared/limits.ts'
import { ticketInQuery } from '#shared/ticket-in-path.ts'
import { AGAIN_FIELD, type CloseRequest } from '#shared/wire/uploads.ts'
import {
  type Call,
  type Command,
  domainPath,
  isTrue,
  keyIn,
  NOTHING,
  need,
  type Questions,
  wholeNumber,
} from '../command.ts'
import { LineRefusal, refusalOf } from '../refusals.ts'

/** After these the bytes are of no use. */
const GIVES_UP: ReadonlySet<string> = new Set([
  'checksum_mismatch',
  'invalid_destdev',
  'quota_exceeded',
  'size_mismatch',
  'size_verify_error',
])

/** What else than the URL is no close has been refused before. */
const codes = { invalid_key: 'db', invalid_request: 'bogus_args' }

export const createClose: Command = {
  codes,
  async run(call) {
    const { args, tracker } = call
    const domain = domainPath(args)
    const fid = wholeNumber(need(args, 'fid', 'no_fid')) ?? refuse('no_temp_file')
    const json = wanted(args)
    const path = `${domain}/uploads/${fid}`
    if (json.key === undefined) {
      await tracker.send({ method: 'DELETE', path })
      return NOTHING
    }
    try {
      await close(tracker, { method: 'POST', path: `${path}/close`, json, once: true })
    } catch (error) {
      const refusal = refusalOf(error, codes)
      if (GIVES_UP.has(refusal.code)) await tracker.send({ method: 'DELETE', path })
      throw refusal
    }
    return NOTHING
  },
}

/** Where an answer was lost, a second one says that it had been done: by us. */
async function close(tracker: Questions, ask: Ask): Promise<void> {
  try {
    const { headers } = await tracker.send(ask)
    if (headers.has(AGAIN_FIELD)) throw new LineRefusal('no_temp_file')
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
    await tracker.send(ask)
  }
}

/** Without a key the upload is given up. */
function wanted(args: Call['args']): CloseRequest {
  const deviceId = DeviceId.safeParse(wholeNumber(need(args, 'devid', 'no_devid')))
  const url = ticketInQuery(need(args, 'path', 'no_path'))
  const checksum = checksumOf(args)
  const key = args.get('key') ?? ''
  const size = wholeNumber(args.get('size')) ?? 0
  return {
    deviceId: deviceId.success ? deviceId.data : refuse('bogus_args'),
    url,
    ...(key !== '' && { key: keyIn(key, 'db') }),
    ...(size > 0 && { bytes: Math.min(size, MAX_FILE_BYTES) }),
    ...(isTrue(args.get('checksumverify')) && { checksum }),
  }
}

/** What is stored is measured by the node: a checksum that is not to be verified is only read. */
function checksumOf(args: Call['args']): Checksum | undefined {
  const text = args.get('checksum') ?? ''
  if (text === '') return undefined
  const [kind = '', digest = ''] = text.split(':', 2)
  const checksum = Checksum.safeParse(`${kind}:${digest.toLowerCase()}`)
  return checksum.success ? checksum.data : refuse('invalid_checksum_format')
}

function refuse(code: string): never {
  throw new LineRefusal(code)
}
