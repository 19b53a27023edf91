// A tracker or a node said no. The code set is open: a newer server's word is carried as it is.
import * as z from 'zod'
import { type ProblemCode, problems, type Retry } from '../problems.ts'

const Document = z.object({
  code: z.string(),
  status: z.int(),
  detail: z.string(),
  // oxlint-disable-next-line unicorn/prefer-top-level-await -- zod's catch: a newer server's word
  retry: z.enum(['never', 'later', 'elsewhere']).catch('never'),
  requestId: z.string().optional(),
  hint: z.string().optional(),
  retryAfterMs: z.number().optional(),
})
type Document = z.infer<typeof Document>

export class Refusal extends Error {
  override readonly name = 'Refusal'
  /** One of problems.ts, or a newer server's. */
  readonly code: string
  readonly status: number
  /** What to do about it: never, later, or elsewhere (another node). */
  readonly retry: Retry
  readonly detail: string
  /** Finds the request in the server's log; undefined where no server was asked. */
  readonly requestId: string | undefined
  /** What a person should do next. */
  readonly hint: string | undefined
  /** How long the server wants to be left alone. */
  readonly retryAfterMs: number | undefined

  constructor(document: Document, options?: ErrorOptions) {
    super(document.detail, options)
    this.code = document.code
    this.status = document.status
    this.retry = document.retry
    this.detail = document.detail
    this.requestId = document.requestId
    this.hint = document.hint
    this.retryAfterMs = document.retryAfterMs
  }
}

/** A refusal of our own, before or after a server was asked. */
export function refuse(
  code: ProblemCode,
  detail: string,
  { retry, cause }: { retry?: Retry; cause?: unknown } = {},
): Refusal {
  const document = { ...problems[code], code, detail }
  return new Refusal({ ...document, retry: retry ?? document.retry }, { cause })
}

/** The refusal that a problem document tells of. */
export function refusalOf(document: unknown): Refusal {
  const read = Document.safeParse(document)
  return read.success
    ? new Refusal(read.data)
    : refuse('internal', 'A server refused in words that are not known here')
}

/** The refusal in an answer that is not ok. Its body is read to the end, or given up. */
export async function readRefusal(response: Response, nowMs: number): Promise<Refusal> {
  const isJson = response.headers.get('content-type')?.includes('json') === true
  const body: unknown = isJson ? await response.json().catch(() => undefined) : undefined
  if (!isJson) await response.body?.cancel()

  const document = Document.safeParse(body)
  const retryAfterMs = readRetryAfter(response.headers.get('retry-after'), nowMs)
  return new Refusal({
    ...(document.success ? document.data : stranger(response)),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

/** Something between us and the server answered: there is no word, so its status has to do. */
function stranger({ url, status, statusText }: Response): Document {
  const detail = `${whereIs(url)} answered ${status} ${statusText}`.trimEnd()
  const retry = status >= 500 || status === 429 ? 'later' : 'never'
  return { code: `http_${status}`, status, detail, retry }
}

/** A URL for messages: its query may carry a ticket, and is left out. */
export function whereIs(url: string): string {
  if (!URL.canParse(url)) return url
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}

function readRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined
  const seconds = Number(header)
  const ms = Number.isNaN(seconds) ? Date.parse(header) - nowMs : seconds * 1000
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
