// The machine of the process that runs now: its disks are the only ones that there are.
import { assert } from '#shared/assert.ts'
import type { Machine } from '../disk/machine.ts'
import { here } from '../process.ts'

export function machineHere(): Machine {
  const { machine, name } = here()
  assert(machine !== undefined, `${name} has no disks`)
  return machine
}
