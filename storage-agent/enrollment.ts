// ROOT/agent.json: who this host is. Written by `mog-agent init`, and again when its keys rotate;
// readable by its owner alone. Lost, the host must be enrolled anew.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { HostId } from '#shared/ids.ts'
import { WireKey } from '#shared/wire/agents.ts'
import { codeOf } from './disk/failures.ts'
import { replaceFile } from './disk/replace-file.ts'

export const Enrollment = z.object({
  clusterId: z.uuid(),
  hostId: HostId,
  host: z.string(),
  credential: z.string(),
  keys: z.array(WireKey).min(1),
})
export type Enrollment = z.infer<typeof Enrollment>

const fileIn = (root: string) => join(root, 'agent.json')

/** Undefined where no host was enrolled yet. */
export async function readEnrollment(root: string): Promise<Enrollment | undefined> {
  const text = await readFile(fileIn(root), 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : Enrollment.parse(JSON.parse(text))
}

export const writeEnrollment = (root: string, enrollment: Enrollment): Promise<void> =>
  replaceFile(fileIn(root), `${JSON.stringify(enrollment, undefined, 2)}\n`, 0o600)
