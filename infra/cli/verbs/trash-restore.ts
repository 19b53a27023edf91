// Has a file back from the trash. What its key holds by now goes to the trash in turn.
import { wholeNumber } from '../arguments.ts'
import { expectedOptions, readExpected } from '../expected-options.ts'
import { printable } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const trashRestore = defineVerb({
  usage: 'trash restore FID [KEY]',
  says: 'has a file back, under its own key or another',
  example: "mog trash restore 1234 --if-none-match '*'",
  args: [1, 2],
  options: expectedOptions,
  async run(context) {
    const [fid = '', key] = context.args
    const domain = await context.domain()
    const file = await domain.trash.restore(wholeNumber('FID', fid, 1), {
      key,
      signal: context.io.signal,
      ...readExpected(context.values),
    })
    await context.say(file, `${printable(file.key)} is fid ${file.fid} again`)
  },
})
