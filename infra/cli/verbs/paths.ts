// Where the copies of a file can be fetched, by anybody who has the URL, while it lasts.
import { wholeNumber } from '../arguments.ts'
import { defineVerb } from '../verb.ts'

export const paths = defineVerb({
  usage: 'paths KEY',
  says: 'shows URLs of a file that need no key, the best first',
  example: 'mog paths photo.jpg --count 1 | xargs curl -O',
  args: [1, 1],
  options: {
    count: { type: 'string', value: 'N', says: 'how many URLs at most (default 2)' },
    noverify: { type: 'boolean', says: 'do not ask the first node whether it has the file' },
  },
  async run(context) {
    const [key = ''] = context.args
    const { count, noverify } = context.values
    const domain = await context.domain()
    const found = await domain.paths(key, {
      noverify,
      count: count === undefined ? undefined : wholeNumber('--count', count, 1),
      signal: context.io.signal,
    })
    await context.say(found, found.paths.join('\n'))
  },
})
