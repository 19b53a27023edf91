// Storing a file step by step, as a client without the SDK does: so that a test can do one of them
// wrong, twice, or not at all.
import assert from 'node:assert/strict'
import type { Cluster } from '#infra/dev/cluster.ts'
import { type CloseRequest, type OpenRequest, Stored, Upload } from '#shared/wire/uploads.ts'
import { type Answer, type Call, call, parseAnswer } from './tracker-call.ts'

type Running = Pick<Cluster, 'description'>

const uploads = ({ description: { trackerUrl, domain } }: Running) =>
  `${trackerUrl}/v1/domains/${domain}/uploads`

export async function openUpload(
  cluster: Running,
  key: string,
  request: Omit<Partial<OpenRequest>, 'key'> = {},
): Promise<Upload> {
  const { clientKey } = cluster.description
  const json = { key, ...request }
  return parseAnswer(Upload, await call(uploads(cluster), 'POST', { key: clientKey, json }))
}

export function targetOf({ targets }: Upload, index = 0) {
  const target = targets[index]
  assert.ok(target !== undefined, `the upload has no target ${index}`)
  return target
}

/** To a node, by its URL with the ticket. */
export const putBytes = (url: string, body: Call['body'], headers: Call['headers'] = {}) =>
  call(url, 'PUT', { key: '', ...(body !== undefined && { body }), headers })

/** To one of an upload's targets, which must take it. */
export async function putTo(upload: Upload, body: Call['body'], target = 0): Promise<Stored> {
  return parseAnswer(Stored, await putBytes(targetOf(upload, target).url, body))
}

export const closeUpload = (
  cluster: Running,
  { fid }: Pick<Upload, 'fid'>,
  request: Partial<CloseRequest>,
): Promise<Answer> => {
  const { clientKey } = cluster.description
  return call(`${uploads(cluster)}/${fid}/close`, 'POST', { key: clientKey, json: request })
}

export const abortUpload = (cluster: Running, { fid }: Pick<Upload, 'fid'>): Promise<Answer> =>
  call(`${uploads(cluster)}/${fid}`, 'DELETE', { key: cluster.description.clientKey })
