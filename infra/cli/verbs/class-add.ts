// Makes a class: a promise of how many copies its files have, and of more.
import { classNews, classOptions, readClassOptions } from '../class-options.ts'
import { printable } from '../table.ts'
import { UsageError } from '../usage-error.ts'
import { defineVerb } from '../verb.ts'

export const classAdd = defineVerb({
  usage: 'class add DOMAIN CLASS --copies N',
  says: 'makes a class',
  example:
    'mog class add photos thumb --copies 1\nmog class add photos web --copies 2 --public yes',
  args: [2, 2],
  options: classOptions,
  async run(context) {
    const [domain = '', name = ''] = context.args
    const { copies, ...others } = readClassOptions(context.values)
    if (copies === undefined) throw new UsageError('How many copies?', 'Say --copies N.')
    const asked = { name, copies, ...others }
    const admin = await context.admin()
    await admin.classes.add(domain, asked)
    const human = `${printable(name)} in ${printable(domain)}: ${classNews({ copies, ...others })}`
    await context.say({ domain, ...asked }, human)
  },
})
