// What `!version` says: the release of MogileFS whose protocol is spoken, and by whom.
import { readFileSync } from 'node:fs'
import * as z from 'zod'

const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
const { version } = z.object({ version: z.string() }).parse(JSON.parse(text))

export const VERSION = `2.73 (mogile-edge ${version})`
