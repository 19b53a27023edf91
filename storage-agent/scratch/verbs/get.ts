// GET and HEAD of a file of the share. What anybody put there is no page of ours: it runs no script
// in our name.
import { Problem } from '#shared/problems.ts'
import { openFile } from '../../disk/read.ts'
import { answerWith, DEFAULT_TYPE, describeFile } from '../../http/file-answer.ts'
import { sendFile } from '../../http/send-file.ts'
import type { ScratchExchange } from '../exchange.ts'
import { etagOf, readFacts } from '../facts.ts'
import { at, look, openToRead } from '../tree.ts'

const OTHERS = [
  'cache-control',
  'private, no-cache',
  'content-security-policy',
  "sandbox; default-src 'none'",
]

export async function get({ request, response, path, share }: ScratchExchange): Promise<void> {
  const { resource, facts, handle } = await share.lane.run(() =>
    at(share.files, path, async (place) => {
      const found = await look(place)
      if (found === undefined) throw new Problem('unknown_resource')
      if (found.isCollection) throw new Problem('method_not_allowed', { reason: 'a collection' })
      return {
        resource: found,
        facts: await readFacts(place, found),
        handle: await openToRead(place),
      }
    }),
  )
  await using open = openFile(handle, share.lane)
  const { bytes, modifiedMs } = resource
  const { contentType = DEFAULT_TYPE } = facts
  const etag = etagOf(resource, facts) ?? ''
  const described = describeFile(etag, modifiedMs, contentType, OTHERS)
  const answered = answerWith(request, described, bytes)
  await sendFile(response, { bytes, modifiedMs, open }, answered)
}
