// Changes what the files of a class are promised. The agents bring it about.
import { classNews, classOptions, readClassOptions } from '../class-options.ts'
import { printable } from '../table.ts'
import { UsageError } from '../usage-error.ts'
import { defineVerb } from '../verb.ts'

export const classSet = defineVerb({
  usage: 'class set DOMAIN CLASS',
  says: 'changes what a class asks for',
  example: 'mog class set photos default --copies 3\nmog class set photos web --cache 1h',
  args: [2, 2],
  options: classOptions,
  async run(context) {
    const [domain = '', name = ''] = context.args
    const change = readClassOptions(context.values)
    if (Object.keys(change).length === 0)
      throw new UsageError('Nothing is to change', 'mog help class set')
    const admin = await context.admin()
    await admin.classes.change(domain, name, change)
    const human = `${printable(name)} in ${printable(domain)}: ${classNews(change)}`
    await context.say({ domain, name, ...change }, human)
  },
})
