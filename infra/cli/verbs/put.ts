// Stores files and whole directories. What is stored must have the checksum of what was read.
import { CommandFailure } from '../command-failure.ts'
import { jobsOption, readJobs } from '../each-at-once.ts'
import { expectedOptions, readExpected } from '../expected-options.ts'
import { metaOption, readMetadata } from '../metadata-option.ts'
import { putAll } from '../put-all.ts'
import { planPut } from '../put-plan.ts'
import { defineVerb } from '../verb.ts'

export const put = defineVerb({
  usage: 'put FILE|DIRECTORY... [KEY]',
  says: 'stores files, whole directories, or standard input',
  example: [
    'mog put photo.jpg                # under the key photo.jpg',
    'mog put photo.jpg people/me.jpg  # under another',
    'mog put photos/ --prefix 2026/   # photos/a/1.jpg under 2026/a/1.jpg, and so on',
    'tar c . | mog put - backup.tar   # what another program writes',
  ].join('\n'),
  args: [1, Infinity],
  options: {
    prefix: { type: 'string', value: 'TEXT', says: 'what every key begins with' },
    class: { type: 'string', value: 'NAME', says: 'the class of the files' },
    type: { type: 'string', value: 'TYPE', says: 'their media type (default: by the name)' },
    meta: metaOption,
    ...expectedOptions,
    anew: { type: 'boolean', says: 'begins large files anew, whatever of them has arrived before' },
    jobs: jobsOption,
  },
  async run(context) {
    const { class: className, type: contentType, meta, prefix = '', jobs, anew } = context.values
    const described = { class: className, contentType, metadata: readMetadata(meta) }
    const options = { ...described, ...readExpected(context.values), isAnew: anew === true }
    const atOnce = readJobs(jobs)
    const { items, strange } = await planPut(context.args, prefix, context.io.cwd)
    const domain = await context.domain()

    await putAll(context, domain, items, atOnce, options)
    for (const path of strange)
      context.fail(new CommandFailure('not_a_file', 'It is not a file', 'It was left out.'), path)
  },
})
