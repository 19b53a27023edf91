// Changes how many copies the files of a class have. The agents bring it about.
import { copiesOption, readCopies } from '../copies-option.ts'
import { printable } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const classSet = defineVerb({
  usage: 'class set DOMAIN CLASS --copies N',
  says: 'changes how many copies a class asks for',
  example: 'mog class set photos default --copies 3',
  args: [2, 2],
  options: { copies: copiesOption },
  async run(context) {
    const [domain = '', name = ''] = context.args
    const copies = readCopies(context.values.copies)
    const admin = await context.admin()
    await admin.classes.change(domain, name, copies)
    const human = `${printable(name)} in ${printable(domain)} asks for ${copies} copies`
    await context.say({ domain, name, copies }, human)
  },
})
