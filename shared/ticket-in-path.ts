// A node's URL whose ticket stands before its path instead of behind it, for MogileFS's clients:
// some cut the query off a path, some do not decode what a tracker answers, and these characters
// are never encoded there. `/verb:GET,...,sig:.../dev1/...` is `/dev1/...?verb=GET&...`. Pure.

const IN_QUERY = /^((?:https?:\/\/[^/?#]+)?)(\/dev[^?#]*)\?(verb=[^#/:,]*)$/
const IN_PATH = /^((?:https?:\/\/[^/?#]+)?)\/(verb:[^/?#&=]*)(\/dev[^?#]*)$/

/** Of an absolute URL or of its path; what has no ticket stays as it is. */
export const ticketInPath = (url: string): string =>
  url.replace(
    IN_QUERY,
    (_, origin: string, path: string, query: string) =>
      `${origin}/${query.replaceAll('&', ',').replaceAll('=', ':')}${path}`,
  )

/** The same URL as a tracker signed it. */
export const ticketInQuery = (url: string): string =>
  url.includes('/verb:')
    ? url.replace(
        IN_PATH,
        (_, origin: string, ticket: string, path: string) =>
          `${origin}${path}?${ticket.replaceAll(',', '&').replaceAll(':', '=')}`,
      )
    : url
