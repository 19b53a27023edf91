// What may happen in a story, step by step. A step is plain data: it can be dropped, printed, and
// played again.

interface During {
  forMs: number
}

export type ClientAct =
  | { do: 'put'; client: number; key: string; bytes: number; class: string }
  | { do: 'get'; client: number; key: string }
  | { do: 'delete'; client: number; key: string }
  | { do: 'rename'; client: number; key: string; to: string }
  | { do: 'list'; client: number }
  | { do: 'restore'; client: number; nth: number }

export type ProcessAct =
  | ({ do: 'kill'; host: number } & During)
  | ({ do: 'power'; host: number } & During)
  | ({ do: 'blackout' } & During)
  | ({ do: 'freeze'; who: string } & During)
  | { do: 'restart'; tracker: number }
  | { do: 'skew'; who: string; skewMs: number }

export type NetworkAct =
  | ({ do: 'partition'; one: string; other: string } & During)
  /** The next report of finished jobs, whoever sends it, arrives so much later. */
  | ({ do: 'hold' } & During)
  | ({ do: 'trouble'; lost: number; twice: number; cut: number; late: number } & During)

export type DiskTrouble = 'fill' | 'readonly' | 'failing' | 'hang' | 'slow'
export type Harm = 'rot' | 'lose' | 'unreadable'

export type DiskAct =
  | ({ do: 'trouble-disk'; trouble: DiskTrouble; device: number } & During)
  | { do: 'harm'; how: Harm; device: number; nth: number }
  | { do: 'ruin'; device: number; deadAfterMs: number }

export type OperatorAct =
  | { do: 'class'; class: string; copies: number }
  | { do: 'policy'; class: string; policy: string }
  | { do: 'state'; device: number; state: string; backAfterMs: number }
  | { do: 'fsck'; check: string }

export type Act = ClientAct | ProcessAct | NetworkAct | DiskAct | OperatorAct

export interface Step {
  atMs: number
  act: Act
}

export interface Story {
  seed: string
  hosts: number
  devicesPerHost: number
  trackers: number
  clients: number
  /** Whether disks are read through, which mends much that went wrong before. */
  scrubs: boolean
  steps: readonly Step[]
}

/** One line a step: when, what, and its particulars. */
export function tell({ atMs, act }: Step): string {
  const { do: verb, ...rest } = act
  const facts = Object.entries(rest).map(([name, value]) => `${name} ${String(value)}`)
  return `${(atMs / 1_000).toFixed(3).padStart(8)} s  ${verb.padEnd(12)} ${facts.join(', ')}`
}
