/** POST enroll: an agent's first words. The token from `mog host add` is used up. */

import { MAX_ENROLL_BODY_BYTES } from '#shared/limits.ts'
import { hashSecret, newSecret } from '#shared/mac.ts'
import { Problem } from '#shared/problems.ts'
import { type Enrolled, EnrollRequest } from '#shared/wire/agents.ts'
import { first } from '../../db/db.ts'
import { enrollHost } from '../../db/hosts.ts'
import { expectProtocol, readJson, type TrackerContext } from '../../request.ts'

export async function enroll(c: TrackerContext): Promise<Response> {
  const { deps } = c.var
  const { protocol, token, url, newDevices } = await readJson(
    c,
    EnrollRequest,
    {},
    MAX_ENROLL_BODY_BYTES,
  )
  expectProtocol(protocol)
  const credential = newSecret('agent')
  const ask = {
    tokenHash: hashSecret(token),
    credentialHash: hashSecret(credential),
    url,
    newDevices,
  }
  const admitted = await first(deps.db, enrollHost(ask))
  if (admitted === undefined) throw new Problem('invalid_enrollment')

  deps.view.forget()
  const { clusterId, hostId, host, deviceIds, keyVersion } = admitted
  const keys = deps.keys.forAgent(hostId, keyVersion)
  const answer: Enrolled = { clusterId, hostId, host, credential, deviceIds, keys }
  return c.json(answer, 201)
}
