// Erases what is in the trash, for good.
import { wholeNumber } from '../arguments.ts'
import { defineVerb } from '../verb.ts'

export const trashRm = defineVerb({
  usage: 'trash rm FID...',
  says: 'erases files from the trash, for good',
  example: 'mog trash rm 1234 1235',
  args: [1, Infinity],
  options: {},
  async run(context) {
    const fids = context.args.map((fid) => wholeNumber('FID', fid, 1))
    const domain = await context.domain()
    for (const fid of fids) {
      try {
        const { signal } = context.io
        await context.say(await domain.trash.erase(fid, { signal }), `erased ${fid}`)
      } catch (error) {
        context.io.signal.throwIfAborted()
        context.fail(error, String(fid))
      }
    }
  },
})
