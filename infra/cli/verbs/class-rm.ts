// Removes a class that has no files.
import { printable } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const classRm = defineVerb({
  usage: 'class rm DOMAIN CLASS',
  says: 'removes a class that has no files',
  example: 'mog class rm photos thumb',
  args: [2, 2],
  options: {},
  async run(context) {
    const [domain = '', name = ''] = context.args
    const admin = await context.admin()
    await admin.classes.delete(domain, name)
    await context.say({ domain, name }, `${printable(name)} in ${printable(domain)} is gone`)
  },
})
