// Opening and closing as requests ask for them: each for itself, in statements that may be shared.
import { type CloseAsk, type ClosedUpload, closeUploads } from './db/closes.ts'
import type { Db } from './db/db.ts'
import { type OpenAsk, type OpenedUpload, openUploads } from './db/uploads.ts'
import type { TakeAhead } from './fids-ahead.ts'
import type { Gather, RunOne } from './gather.ts'

export interface Uploads {
  open: RunOne<OpenAsk, OpenedUpload>
  close: RunOne<CloseAsk, ClosedUpload>
}

export const uploads = (db: Db, gather: Gather, takeAhead: TakeAhead): Uploads => ({
  open: gather<OpenAsk, OpenedUpload>(async (asks) => {
    const opened = await db.all(openUploads(asks, takeAhead(asks.length)))
    const byNr = new Map(opened.map((upload) => [upload.nr, upload]))
    return asks.map((_ask, nr) => byNr.get(nr))
  }),
  close: gather<CloseAsk, ClosedUpload>(async (asks) => {
    const closed = await db.all(closeUploads(asks))
    const byFid = new Map(closed.map((file) => [file.fid, file]))
    return asks.map(({ stored }) => {
      const file = byFid.get(stored.fid)
      return file?.deviceId === stored.deviceId ? file : undefined
    })
  }),
})
