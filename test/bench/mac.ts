// What a signature costs: shared/mac.ts, which runs everywhere, beside what Node has of its own and
// WebCrypto, which is everywhere too but asynchronous (infra/decisions/0001).
import { createHmac, createSecretKey, webcrypto } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { prepareMac } from '#infra/serve/prepare-mac.ts'
import { fidPath } from '#shared/fid-path.ts'
import { DeviceId, Fid } from '#shared/ids.ts'
import { deriveKey, encodeBase64Url, mac as sharedMac } from '#shared/mac.ts'
import type { Bench, Row } from './bench.ts'
import { median } from './rounds.ts'

const TICKET = '?verb=GET&until=1790000000&type=image%2Fjpeg&key=1'

const ROUNDS = 7
const ROUND_MS = 150
const BATCH = 500
const SECRET = 'at least 32 characters, as ever in benches'

/** As long as a ticket's. */
const texts = Array.from(
  { length: BATCH },
  (_, n) => `${fidPath(DeviceId.parse(7), Fid.parse(1_000_000 + n))}${TICKET}`,
)

type Sign = (text: string) => string | Promise<string>

async function run(): Promise<Row[]> {
  const bytes = deriveKey(SECRET, 'bench')
  const nodeKey = createSecretKey(bytes)
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const webKey = await webcrypto.subtle.importKey('raw', Buffer.from(bytes), algorithm, false, [
    'sign',
  ])
  const utf8 = new TextEncoder()
  const signers: Readonly<Record<'ours' | 'prepared' | 'node' | 'web', Sign>> = {
    ours: (text) => sharedMac(bytes, text),
    prepared: prepareMac(bytes),
    node: (text) => createHmac('sha256', nodeKey).update(text).digest('base64url'),
    web: async (text) =>
      encodeBase64Url(
        new Uint8Array(await webcrypto.subtle.sign('HMAC', webKey, utf8.encode(text))),
      ),
  }
  const [text = ''] = texts
  const results = await Promise.all(Object.values(signers).map(async (sign) => sign(text)))
  if (new Set(results).size !== 1) throw new Error(`they do not agree: ${results.join(' ')}`)

  const rates: Record<string, number[]> = { ours: [], prepared: [], node: [], web: [] }
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, sign] of Object.entries(signers)) {
      rates[name]?.push(await rateOf(sign))
      await sleep(1)
    }
  const ours = median(rates['ours'] ?? [])
  const row = (what: string, name: string): Row => {
    const reference = median(rates[name] ?? [])
    const notes = [`one after the other: ${cost(ours)}, reference ${cost(reference)}`]
    return { what, unit: 'macs/s', ours, reference, notes }
  }
  return [
    row(`HMAC of a ticket of ${text.length} characters, shared/mac.ts; node:crypto`, 'node'),
    row('the same; by two hashes of OpenSSL, as on Node', 'prepared'),
    row('the same; WebCrypto', 'web'),
  ]
}

const cost = (rate: number) => `${(1e6 / rate).toFixed(2)} us`

async function rateOf(sign: Sign): Promise<number> {
  const startedMs = performance.now()
  let done = 0
  for (; performance.now() - startedMs < ROUND_MS; done += BATCH)
    for (const text of texts) {
      const made = sign(text)
      if (typeof made !== 'string') await made
    }
  return (done / (performance.now() - startedMs)) * 1_000
}

export const mac: Bench = { name: 'mac', run }
