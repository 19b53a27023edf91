// Who is told of changes, and whether it took them.
import type { Webhook } from '#shared/wire/changes.ts'
import { humanTime } from '../human-units.ts'
import { type Column, table } from '../table.ts'
import { defineVerb } from '../verb.ts'

const columns: readonly Column[] = [['ID', 'right'], ['DOMAIN'], ['URL'], ['TOLD'], ['STATE']]

export const webhookLs = defineVerb({
  usage: 'webhook ls',
  says: 'lists who is told of changes, and how that goes',
  example: 'mog webhook ls',
  args: [0, 0],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const list = await admin.webhooks.list()
    const rows = list.webhooks.map((each) => [
      String(each.webhookId),
      each.domain,
      each.url,
      each.toldAtMs === null ? 'never' : humanTime(each.toldAtMs),
      stateOf(each),
    ])
    await context.say(list, table(columns, rows))
  },
})

function stateOf({ paused, current, failures, lastError, tryAtMs }: Webhook): string {
  if (paused) return 'paused'
  if (failures > 0)
    return `failed ${failures} times: ${lastError ?? ''}; next ${humanTime(tryAtMs)}`
  return current ? 'current' : 'behind'
}
