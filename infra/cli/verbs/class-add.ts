// Makes a class: a promise of how many copies its files have.
import { copiesOption, readCopies } from '../copies-option.ts'
import { printable } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const classAdd = defineVerb({
  usage: 'class add DOMAIN CLASS --copies N',
  says: 'makes a class',
  example: 'mog class add photos thumb --copies 1',
  args: [2, 2],
  options: { copies: copiesOption },
  async run(context) {
    const [domain = '', name = ''] = context.args
    const copies = readCopies(context.values.copies)
    const admin = await context.admin()
    await admin.classes.add(domain, name, copies)
    const human = `${printable(name)} in ${printable(domain)} asks for ${copies} copies`
    await context.say({ domain, name, copies }, human)
  },
})
