// What a rebalance would do if it were started now. Changes nothing.
import { humanBytes, humanMs } from '../human-units.ts'
import { facts, table } from '../table.ts'
import { defineVerb } from '../verb.ts'

export const rebalanceTest = defineVerb({
  usage: 'rebalance test',
  says: 'shows what a rebalance would do, and does nothing',
  example: 'mog rebalance test',
  args: [0, 0],
  options: {},
  async run(context) {
    const admin = await context.admin()
    const plan = await admin.rebalance.test()
    const human = [
      facts([
        ['moves at the most', `${plan.files} files, ${humanBytes(plan.bytes)}`],
        ['to the devices', plan.destinations.join(' ') || 'none'],
        ['takes about', humanMs(plan.estimatedS * 1_000)],
      ]),
      table(
        [
          ['SOURCE', 'right'],
          ['HOLDS', 'right'],
          ['SIZE', 'right'],
          ['LIMIT', 'right'],
        ],
        plan.sources.map(({ deviceId, files, bytes, filesLeft, bytesLeft }) => [
          String(deviceId),
          String(files),
          humanBytes(bytes),
          limitOf(filesLeft, bytesLeft),
        ]),
      ),
    ]
    await context.say(plan, human.join('\n\n'))
  },
})

function limitOf(files: number | null, bytes: number | null): string {
  if (files !== null) return `${files} files`
  return bytes === null ? 'none' : humanBytes(bytes)
}
