// What a rebuild would make of what the disks told, and what it could not place. Changes nothing.
import { RebuildVerdict } from '#shared/wire/rebuild.ts'
import { facts, printable } from '../table.ts'
import { defineVerb } from '../verb.ts'

const says: Readonly<Record<RebuildVerdict, string>> = {
  placeable: 'can be files again',
  placed: 'are files',
  superseded: 'are older revisions of their keys',
  deleted: 'were deleted',
  lost: 'are described, but no disk that was read holds their bytes',
  undescribed: 'are bytes that no disk describes',
  homeless: 'are of a domain that no disk defines',
}

export const rebuildStatus = defineVerb({
  usage: 'rebuild status',
  says: 'shows what would be rebuilt, and what not: a dry run',
  example: 'mog rebuild status\nmog rebuild status --list > unplaced.txt',
  args: [0, 0],
  options: {
    list: { type: 'boolean', says: 'names each file that has no place, and why' },
  },
  async run(context) {
    const admin = await context.admin()
    const rebuild = await admin.rebuild.status()
    const tally = new Map<string, number>()
    for (let after: number | null = 0; after !== null; ) {
      const page = await admin.rebuild.files(after)
      for (const [verdict, files] of Object.entries(page.tally))
        tally.set(verdict, (tally.get(verdict) ?? 0) + files)
      for (const each of context.values.list === true ? page.unplaced : [])
        await context.say(each, unplacedText(each))
      after = page.nextAfter
    }
    if (context.values.list === true) return
    const devices = rebuild.devices.map(({ deviceId, isWhole }) =>
      isWhole ? String(deviceId) : `${deviceId} (not to its end)`,
    )
    const human = facts([
      ['state', rebuild.state],
      ['definitions', rebuild.isDefined ? 'known' : 'unknown: no disk that was read has them'],
      ['devices read', devices.join(', ') || 'none'],
      ...RebuildVerdict.options
        .filter((verdict) => tally.has(verdict))
        .map((verdict) => [verdict, `${tally.get(verdict)} ${says[verdict]}`] as const),
    ])
    await context.say({ ...rebuild, files: Object.fromEntries(tally) }, human)
  },
})

interface Unplaced {
  fid: number
  verdict: string
  domain: string | null
  key: string | null
  deviceIds: number[]
}

function unplacedText({ fid, verdict, domain, key, deviceIds }: Unplaced): string {
  const name = domain === null ? '?' : `${printable(domain)}/${printable(key ?? '')}`
  return `${fid}  ${verdict}  on ${deviceIds.join(' ') || 'no device'}  ${name}`
}
