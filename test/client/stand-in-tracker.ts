// A tracker in memory: one domain `demo`, one key for everything.
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { digestOfChecksum } from '#shared/digests.ts'
import { fidPath } from '#shared/fid-path.ts'
import { DeviceId, Fid } from '#shared/ids.ts'
import { Problem, problemDocument } from '#shared/problems.ts'
import { BatchRequest, BatchStat } from '#shared/wire/batch.ts'
import { FileChange, FileInfo } from '#shared/wire/files.ts'
import { CloseRequest, OpenRequest } from '#shared/wire/uploads.ts'
import type { Answer } from './http-server.ts'

interface World {
  key: string
  files: Map<string, FileInfo>
  nodeUrls: readonly string[]
}

export function trackerAnswers(world: World): Answer {
  const app = new Hono()
  app.use(async ({ req }, next) => {
    if (req.header('authorization') !== `Bearer ${world.key}`) throw new Problem('unauthorized')
    await next()
  })
  app.route('/v1/domains/demo', uploadRoutes(world))
  app.route('/v1/domains/demo', fileRoutes(world))
  app.route('/v1/domains/demo', listRoutes(world))
  app.notFound(() => refuse(new Problem('unreg_domain')))
  app.onError((error) => refuse(error instanceof Problem ? error : new Problem('internal')))
  return getRequestListener(app.fetch)
}

const refuse = (problem: Problem) =>
  Response.json(problemDocument(problem, 'request-1'), { status: problem.entry.status })

function uploadRoutes({ files, nodeUrls }: World) {
  const uploads = new Map<number, OpenRequest>()
  let lastFid = 0
  return new Hono()
    .post('/uploads', async ({ req, json }) => {
      const fid = Fid.parse(++lastFid)
      const upload = OpenRequest.parse(await req.json())
      uploads.set(fid, upload)
      const targets = nodeUrls.map((url, index) => {
        const deviceId = DeviceId.parse(index + 1)
        return { deviceId, url: `${url}${fidPath(deviceId, fid)}?sig=secret` }
      })
      const commitAt = upload.class === 'sure' ? 2 : 1
      return json({ fid, expiresAt: '2026-01-01T01:00:00.000Z', commitAt, targets }, 201)
    })
    .post('/uploads/:fid/close', async ({ req, json }) => {
      const fid = Fid.parse(Number(req.param('fid')))
      const close = CloseRequest.parse(await req.json())
      for (const { deviceId, receipt } of [close, ...(close.receipts ?? [])])
        if (receipt !== `receipt of node${deviceId}`) throw new Problem('invalid_receipt')

      const closed = [...files.values()].find((file) => file.fid === fid)
      const upload = uploads.get(fid)
      if (closed !== undefined) return json({ fid, replacedFid: null })
      if (upload === undefined) throw new Problem('no_temp_file')
      uploads.delete(fid)
      const replacedFid = files.get(upload.key)?.fid ?? null
      files.set(upload.key, fileOf(fid, upload, close))
      return json({ fid, replacedFid })
    })
    .delete('/uploads/:fid', ({ req, body }) => {
      uploads.delete(Number(req.param('fid')))
      return body(null, 204)
    })
}

function fileOf(fid: Fid, upload: OpenRequest, { bytes, checksum }: CloseRequest): FileInfo {
  if (bytes === undefined || checksum === undefined) throw new Problem('invalid_request')
  const { key, class: className = 'default', contentType = null, metadata = {} } = upload
  const createdAtMs = Date.parse('2026-01-01T00:00:00Z') + fid
  return { key, fid, class: className, bytes, checksum, contentType, metadata, createdAtMs }
}

function fileRoutes({ files, nodeUrls }: World) {
  const fileAt = (key = '') => {
    const file = files.get(key)
    if (file === undefined) throw new Problem('unknown_key', { key })
    return file
  }
  const deviceIds = nodeUrls.map((_, index) => DeviceId.parse(index + 1))
  const copies = deviceIds.map((deviceId) => ({ deviceId, verifiedAtMs: null }))
  return new Hono()
    .get('/file', ({ req }) => headOf(fileAt(req.query('key')))) // a HEAD is routed as its GET
    .delete('/file', ({ req, json }) => {
      const { fid, key } = fileAt(req.query('key'))
      files.delete(key)
      return json({ fid })
    })
    .patch('/file', async ({ req, json }) => {
      const file = fileAt(req.query('key'))
      const change = FileChange.parse(await req.json())
      if (change.key !== undefined && files.has(change.key)) throw new Problem('key_exists')
      const changed = FileInfo.parse({ ...file, ...change })
      files.delete(file.key)
      files.set(changed.key, changed)
      return json(changed)
    })
    .post('/batch', async ({ req, json }) => {
      const { stat = [], delete: doomed = [] } = BatchRequest.parse(await req.json())
      const results = [...stat, ...doomed].map((item) => {
        const { key } = BatchStat.parse(item)
        const file = files.get(key)
        if (file === undefined)
          return { problem: problemDocument(new Problem('unknown_key', { key }), 'request-1') }
        if (doomed.length === 0) return { answer: { ...file, domain: 'demo', deviceIds } }
        files.delete(file.key)
        return { answer: { fid: file.fid } }
      })
      return json({ results })
    })
    .get('/info', ({ req, json }) =>
      json({ ...fileAt(req.query('key')), domain: 'demo', deviceIds, copies }),
    )
    .get('/paths', ({ req, json }) => {
      const { fid, bytes } = fileAt(req.query('key'))
      const urls = deviceIds.map((id) => `${nodeUrls[id - 1]}${fidPath(id, fid)}?sig=secret`)
      return json({ fid, bytes, paths: urls.slice(0, Number(req.query('count') ?? 2)) })
    })
}

function headOf(file: FileInfo): Response {
  const headers = new Headers({
    'content-length': String(file.bytes),
    'content-type': file.contentType ?? 'application/octet-stream',
    'repr-digest': digestOfChecksum(file.checksum),
    'mog-class': encodeURIComponent(file.class),
    'mog-fid': String(file.fid),
  })
  for (const [name, value] of Object.entries(file.metadata))
    headers.set(`mog-meta-${name}`, encodeURIComponent(value))
  return new Response(null, { headers })
}

function listRoutes({ files }: World) {
  return new Hono().get('/files', ({ req, json }) => {
    const { prefix = '', after = '', delimiter = '', limit = '1000' } = req.query()
    const keys = [...files.keys()].filter((key) => key.startsWith(prefix)).toSorted()
    const groupOf = (key: string) => {
      const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
      return at < 0 ? undefined : key.slice(0, at + delimiter.length)
    }
    const names = [...new Set(keys.map((key) => groupOf(key) ?? key))].filter((n) => n > after)
    const page = names.slice(0, Number(limit))
    return json({
      files: page.map((name) => files.get(name)).filter((file) => file !== undefined),
      prefixes: page.filter((name) => !files.has(name)),
      nextAfter: names.length > page.length ? page.at(-1) : null,
    })
  })
}
