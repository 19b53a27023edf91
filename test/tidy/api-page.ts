// The API page is the contract: it names every URL that the tracker answers, and no other.

interface Router {
  routes: readonly { method: string; path: string }[]
}

/** Middleware is registered for all methods. */
const MIDDLEWARE = 'ALL'
/** HEAD is not among them: every GET answers it. */
const DOCUMENTED = /\b((?:GET|PUT|POST|PATCH|DELETE|OPTIONS) \/[^\s`?]*)/g

/** `METHOD /path` of each URL, written as on the page: `/files/*` is `/files/{key}` there. */
export const answeredBy = ({ routes }: Router): string[] => [
  ...new Set(
    routes
      .filter(({ method }) => method !== MIDDLEWARE)
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
      .map((route) => route.replace(/\/\*$/, '/{key}')),
  ),
]

export function apiPageBreaches(answered: readonly string[], page: string): string[] {
  const documented = new Set([...page.matchAll(DOCUMENTED)].map(({ 1: route = '' }) => route))
  return [
    ...answered
      .filter((route) => !documented.has(route))
      .map((route) => `not on the page: ${route}`),
    ...[...documented]
      .filter((route) => !answered.includes(route))
      .map((route) => `nothing answers: ${route}`),
  ]
}
