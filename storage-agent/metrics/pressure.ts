// How long work on this host stood waiting for CPU, memory and disks: the kernel's PSI. Absent
// where the kernel does not keep it.
import { readFile } from 'node:fs/promises'

export interface Pressure {
  resource: 'cpu' | 'memory' | 'io'
  /** `some`: one task waited; `full`: all that could have run did. */
  kind: 'some' | 'full'
  /** Share of the last ten seconds. */
  ratio: number
  /** Since the machine started. */
  totalS: number
}

const RESOURCES = ['cpu', 'memory', 'io'] as const
const LINE = /^(some|full) avg10=([\d.]+) .*total=(\d+)$/

/** One file of /proc/pressure (Linux: Documentation/accounting/psi.rst). */
export const pressureIn = (resource: Pressure['resource'], text: string): Pressure[] =>
  text.split('\n').flatMap((line) => {
    const [, kind, avg10, totalUs] = LINE.exec(line) ?? []
    if (kind !== 'some' && kind !== 'full') return []
    return [{ resource, kind, ratio: Number(avg10) / 100, totalS: Number(totalUs) / 1e6 }]
  })

export async function readPressure(directory = '/proc/pressure'): Promise<Pressure[]> {
  const read = RESOURCES.map(async (resource) => {
    try {
      return pressureIn(resource, await readFile(`${directory}/${resource}`, 'utf8'))
    } catch {
      return [] // not kept by this kernel
    }
  })
  return (await Promise.all(read)).flat()
}
