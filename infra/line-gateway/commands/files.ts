// What is done with a file that is there: its paths, delete, rename, another class (MogileFS Q03
// to Q06).
import { PATHS_MAX_COUNT } from '#shared/limits.ts'
import { ticketInPath } from '#shared/ticket-in-path.ts'
import { Paths } from '#shared/wire/files.ts'
import type { Fields } from '../codec.ts'
import {
  type Call,
  type Command,
  domainPath,
  expectDomain,
  isTrue,
  keyIn,
  NOTHING,
  need,
  needKey,
  wholeNumber,
} from '../command.ts'

const LEAST_PATHS = 2

export const getPaths: Command = {
  isRead: true,
  async run(call) {
    const { args, tracker, headers } = call
    const path = `${domainPath(args)}/paths`
    const key = await needKey(call)
    const count = Math.max(wholeNumber(args.get('pathcount')) ?? 0, LEAST_PATHS)
    const query = {
      key,
      count: Math.min(count, PATHS_MAX_COUNT),
      noverify: isTrue(args.get('noverify')) ? 1 : undefined,
      zone: zoneOf(args),
    }
    const { paths } = await tracker.ask(Paths, { method: 'GET', path, query, headers })
    const fields: Record<string, string | number> = { paths: paths.length }
    for (const [index, url] of paths.entries()) fields[`path${index + 1}`] = ticketInPath(url)
    return fields
  },
}

const MAX_ZONE_LENGTH = 50
const zoneOf = (args: Call['args']): string | undefined => {
  const zone = args.get('zone') ?? ''
  return zone === '' || zone.length > MAX_ZONE_LENGTH ? undefined : zone
}

export const deleteFile: Command = {
  async run(call) {
    const path = `${domainPath(call.args)}/file`
    const key = await needKey(call)
    await call.tracker.send({ method: 'DELETE', path, query: { key } })
    return NOTHING
  },
}

/** A key that is taken is refused with one answer, where MogileFS gives two. */
export const rename: Command = {
  async run(call) {
    const from = await needKey(call, 'from_key')
    const to = await needKey(call, 'to_key', 'db')
    return change(call, from, { key: to })
  },
}

export const updateClass: Command = {
  codes: {
    unknown_key: 'invalid_key',
    unreg_class: 'class_not_found',
    invalid_request: 'class_not_found',
  },
  async run(call) {
    const key = await needKey(call, 'key', 'invalid_key')
    const name = call.args.get('class') ?? ''
    if (name === '') await expectDomain(call)
    return change(call, key, { class: need(call.args, 'class', 'no_class') })
  },
}

async function change({ args, tracker }: Call, key: string, json: object): Promise<Fields> {
  const path = `${domainPath(args)}/file`
  await tracker.send({ method: 'PATCH', path, query: { key: keyIn(key) }, json })
  return NOTHING
}
