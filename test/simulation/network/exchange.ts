// One HTTP request and its answer, as the network carries them.

export interface HttpRequest {
  method: string
  url: string
  headers: Record<string, string>
  body: Buffer
}

export interface HttpAnswer {
  status: number
  headers: [name: string, value: string][]
  body: Buffer
}

/** What answers requests at an address. A body that was cut off ends after `bytes` of it. */
export type Listener = (request: HttpRequest, cutAfterBytes?: number) => Promise<HttpAnswer>

/** As undici and Node word it. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError'
  readonly code: string

  constructor(code: string, what: string) {
    super(`${code}: simulated, ${what}`)
    this.code = code
  }
}
