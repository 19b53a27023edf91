// What is known of files: lists of keys, and one file (MogileFS Q07 and Q09).
import { LIST_MAX_LIMIT } from '#shared/limits.ts'
import { FileDetail, FileList } from '#shared/wire/files.ts'
import type { Fields } from '../codec.ts'
import { type Call, type Command, domainPath, isTrue, needKey } from '../command.ts'
import { LineRefusal } from '../refusals.ts'

export const listKeys: Command = {
  isRead: true,
  async run({ args, tracker }) {
    const path = `${domainPath(args)}/files`
    const prefix = args.get('prefix') ?? ''
    const after = afterIn(args, prefix)
    const query = { prefix: storable(prefix), after: storable(after), limit: limitOf(args) }
    const { files } = await tracker.ask(FileList, { method: 'GET', path, query })
    const last = files.at(-1)
    if (last === undefined) throw new LineRefusal('none_match')

    const fields: Record<string, string | number> = { key_count: files.length }
    for (const [index, { key }] of files.entries()) fields[`key_${index + 1}`] = key
    return { ...fields, next_after: last.key }
  },
}

/** What is no key of the prefix is refused, but for Perl's other nothing. */
function afterIn(args: Call['args'], prefix: string): string {
  const after = args.get('after') ?? ''
  return after === '0' && !after.startsWith(prefix) ? '' : after
}

/** No key begins with what no key has. */
function storable(text: string): string {
  if (!text.isWellFormed() || text.includes('\0')) throw new LineRefusal('none_match')
  return text
}

function limitOf(args: Call['args']): number {
  const text = args.get('limit') ?? ''
  if (text === '' || text === '0') return LIST_MAX_LIMIT
  if (!/^\d+$/.test(text)) throw new LineRefusal('failure')
  return Math.min(Number(text), LIST_MAX_LIMIT)
}

export const fileInfo: Command = {
  isRead: true,
  async run(call) {
    const { args, tracker } = call
    const path = `${domainPath(args)}/info`
    const query = { key: await needKey(call) }
    const file = await tracker.ask(FileDetail, { method: 'GET', path, query })
    const fields: Fields = {
      fid: file.fid,
      domain: file.domain,
      class: file.class,
      key: file.key,
      length: file.bytes,
      devcount: file.deviceIds.length,
      devids: isTrue(args.get('devices')) ? file.deviceIds.join() : undefined,
      checksum: file.checksum === 'none' ? undefined : file.checksum,
    }
    return fields
  },
}
