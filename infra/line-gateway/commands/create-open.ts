// create_open (MogileFS Q01): where the bytes of a new file may go. The paths carry tickets: they
// are PUT to, and closed with, as they stand.
import { MAX_FILE_BYTES } from '#shared/limits.ts'
import { ticketInPath } from '#shared/ticket-in-path.ts'
import { type OpenRequest, Upload } from '#shared/wire/uploads.ts'
import type { Fields } from '../codec.ts'
import { type Call, type Command, domainPath, isTrue, keyIn, wholeNumber } from '../command.ts'
import { LineRefusal } from '../refusals.ts'

/** Under which an upload waits that has no key before its close. */
const UNNAMED = 'unnamed'

export const createOpen: Command = {
  codes: { invalid_key: 'db', invalid_request: 'unreg_class' },
  async run({ args, tracker, headers }) {
    const path = `${domainPath(args)}/uploads`
    if (isTrue(args.get('fid'))) throw new LineRefusal('fid_in_use')
    const startedAtMs = performance.now()
    const upload = await tracker.ask(Upload, {
      method: 'POST',
      path,
      json: wanted(args),
      query: { zone: args.get('zone') },
      headers,
    })
    return { ...offer(upload, args), ...profile(args, startedAtMs) }
  },
}

function wanted(args: Call['args']): OpenRequest {
  const key = args.get('key') ?? ''
  const name = args.get('class') ?? ''
  const size = wholeNumber(args.get('size'))
  return {
    key: keyIn(key === '' ? UNNAMED : key, 'db'),
    ...(name !== '' && { class: name }),
    ...(size !== undefined && { roomBytes: Math.min(size, MAX_FILE_BYTES) }),
    parts: true, // whether it comes whole is not said before it comes
  }
}

function offer({ fid, targets }: Upload, args: Call['args']): Fields {
  const [best] = targets
  if (!isTrue(args.get('multi_dest')))
    return { fid, devid: best?.deviceId, path: best && ticketInPath(best.url) }
  const fields: Record<string, string | number> = { fid, dev_count: targets.length }
  for (const [index, { deviceId, url }] of targets.entries()) {
    fields[`devid_${index + 1}`] = deviceId
    fields[`path_${index + 1}`] = ticketInPath(url)
  }
  return fields
}

function profile(args: Call['args'], startedAtMs: number): Fields {
  if (!isTrue(args.get('debug_profile'))) return {}
  const seconds = (performance.now() - startedAtMs) / 1_000
  return { profpoints: 1, prof_1_name: 'opened', prof_1_time: seconds.toFixed(3) }
}
