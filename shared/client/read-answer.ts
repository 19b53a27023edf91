// An answer that is ok, as its schema. What does not fit it came from something else than our own.
import type * as z from 'zod'
import { Refusal, whereIs } from './refusal.ts'

export interface Answer {
  url: string
  status: number
  headers: Headers
  text: string
}

/** Reads the whole body, within the patience of the exchange. */
export const takeAnswer = async (response: Response): Promise<Answer> => ({
  url: response.url,
  status: response.status,
  headers: response.headers,
  text: await response.text(),
})

/** `said` is what the answer says where that is not its body. */
export function readAnswer<Schema extends z.ZodType>(
  schema: Schema,
  { url, status, text }: Answer,
  said: unknown = jsonOrUndefined(text),
): z.output<Schema> {
  const body = schema.safeParse(said)
  if (body.success) return body.data
  const document = {
    code: 'strange_answer',
    status,
    detail: `${whereIs(url)} answers ${status} with something else than this API's`,
    retry: 'elsewhere' as const,
    hint: 'Check the URL of the tracker: it ends before `/v1`.',
  }
  throw new Refusal(document, { cause: body.error })
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // which no schema takes
  }
}
