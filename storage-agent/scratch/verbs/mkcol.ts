// MKCOL: a new, empty collection.
import { mkdir } from 'node:fs/promises'
import { Problem } from '#shared/problems.ts'
import { codeOf } from '../../disk/failures.ts'
import { syncDirectory } from '../../disk/replace-file.ts'
import { requireAllowed, type ScratchExchange } from '../exchange.ts'
import { forgetFacts } from '../facts.ts'
import { at } from '../tree.ts'

export async function mkcol(exchange: ScratchExchange): Promise<void> {
  const { request, response, path, share } = exchange
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers
  if (length !== '0' || coding !== undefined) throw new Problem('unsupported_body')
  await share.requireRoom(0)
  await share.change(async () => {
    await requireAllowed(exchange, [{ path, isMembership: true, isDeep: false }])
    await at(
      share.files,
      path,
      async (place) => {
        await make(place.path)
        await forgetFacts(place)
        await syncDirectory(place.parent)
      },
      'no_parent',
    )
  })
  response.writeHead(201, ['content-length', '0']).end()
}

async function make(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    throw new Problem('method_not_allowed', { reason: 'it exists' })
  }
}
