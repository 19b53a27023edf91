// Draws a story: the same seed, the same story. Clients do most of it; trouble comes in between.
import { type Random, seeded } from '../random.ts'
import type { Act, ClientAct, Step, Story } from './step.ts'

const KEYS = 7
const SIZES = [0, 1, 900, 5_000, 40_000, 66_000, 300_000] as const
const CLASSES = ['default', 'thumb', 'dear', 'binned'] as const
const POLICIES = ['MultipleHosts()', 'MultipleDevices()', 'MultipleHosts(2)'] as const
const STATES = ['drain', 'readonly', 'down', 'drain'] as const
const DAMAGE = ['rot', 'lose', 'unreadable'] as const
const DISK_TROUBLE = ['fill', 'readonly', 'failing', 'hang', 'slow'] as const
const SHORT_MS = 5_000
const LONGEST_MS = 30_000
/** Longer than a sweep takes to turn a job, shorter than an agent waits for an answer. */
const HELD_MS = 12_000

type Shape = Omit<Story, 'steps'>

export function drawStory(seed: string, steps: number): Story {
  const random = seeded(seed).fork('story')
  const shape = {
    seed,
    hosts: 3 + random.below(2),
    devicesPerHost: 1 + random.below(2),
    trackers: 2,
    clients: 3,
    scrubs: random.chance(0.5),
  }
  const drawn: Step[] = []
  /** What a story is about: some kinds of trouble, not all of them at once. */
  const themes = troubles.filter(() => random.chance(0.4))
  let atMs = 0
  let ruins = 0
  for (let n = 0; n < steps; n++) {
    // often at once, so that callers meet
    atMs += random.chance(0.5) ? random.between(0, 5) : random.between(0, 5_000)
    const isTrouble = themes.length > 0 && random.chance(0.3)
    const theme = themes[random.below(themes.length)]
    const act = isTrouble && theme !== undefined ? theme(random, shape) : demand(random, shape)
    // one disk may be lost for good: of two, nobody promises anything
    if (act.do === 'ruin' && ++ruins > 1) continue
    drawn.push({ atMs: Math.round(atMs * 1_000) / 1_000, act })
  }
  return { ...shape, steps: drawn }
}

const keyOf = (random: Random) => `k/${random.below(KEYS)}`

const DEMANDS = ['put', 'put', 'put', 'put', 'get', 'get', 'delete', 'rename', 'list'] as const

function demand(random: Random, { clients }: Shape): ClientAct {
  const client = random.below(clients)
  const key = keyOf(random)
  const kind = random.pick(DEMANDS)
  if (kind === 'put')
    return { do: kind, client, key, bytes: random.pick(SIZES), class: random.pick(CLASSES) }
  if (kind === 'rename') return { do: kind, client, key, to: keyOf(random) }
  if (kind === 'list') return { do: kind, client }
  return { do: kind, client, key }
}

/** Shorter than a lease, or longer. */
const whileMs = (random: Random) =>
  Math.round(random.between(500, random.pick([SHORT_MS, LONGEST_MS])))
const deviceOf = (random: Random, { hosts, devicesPerHost }: Shape) =>
  1 + random.below(hosts * devicesPerHost)
const hostNames = ({ hosts }: Shape) => Array.from({ length: hosts }, (_, n) => `host-${n + 1}`)
const trackerNames = ({ trackers }: Shape) =>
  Array.from({ length: trackers }, (_, n) => `tracker-${n + 1}`)

function anyOf(random: Random, names: readonly string[]): string {
  return names[random.below(names.length)] ?? ''
}

type Trouble = (random: Random, shape: Shape) => Act

const troubles: readonly Trouble[] = [
  (random, { hosts }) => ({
    do: random.pick(['kill', 'power']),
    host: random.below(hosts),
    forMs: whileMs(random),
  }),
  (random) => ({ do: 'blackout', forMs: Math.round(random.between(500, SHORT_MS)) }),
  (random, shape) => ({
    do: 'freeze',
    who: anyOf(random, [...hostNames(shape), ...trackerNames(shape)]),
    forMs: whileMs(random),
  }),
  (random, { trackers }) => ({ do: 'restart', tracker: random.below(trackers) }),
  (random, shape) => ({
    do: 'skew',
    who: anyOf(random, [...hostNames(shape), ...trackerNames(shape)]),
    skewMs: Math.round(random.between(-30_000, 30_000)),
  }),
  (random, shape) => {
    const everybody = [...hostNames(shape), ...trackerNames(shape), 'database', 'client-1']
    const one = anyOf(random, everybody)
    return { do: 'partition', one, other: anyOf(random, everybody), forMs: whileMs(random) }
  },
  (random) => ({
    do: 'trouble',
    lost: random.next() * 0.3,
    twice: random.next() * 0.3,
    cut: random.next() * 0.1,
    late: random.next() * 0.3,
    forMs: whileMs(random),
  }),
  (random) => ({ do: 'hold', forMs: Math.round(random.between(SHORT_MS, HELD_MS)) }),
  (random, shape) => ({
    do: 'trouble-disk',
    trouble: random.pick(DISK_TROUBLE),
    device: deviceOf(random, shape),
    forMs: whileMs(random),
  }),
  (random, shape) => ({
    do: 'harm',
    how: random.pick(DAMAGE),
    device: deviceOf(random, shape),
    nth: random.below(100),
  }),
  (random, shape) => ({
    do: 'ruin',
    device: deviceOf(random, shape),
    deadAfterMs: whileMs(random),
  }),
  (random) => ({ do: 'class', class: random.pick(CLASSES), copies: 1 + random.below(3) }),
  (random) => ({ do: 'policy', class: random.pick(CLASSES), policy: random.pick(POLICIES) }),
  (random, shape) => ({
    do: 'state',
    device: deviceOf(random, shape),
    state: random.pick(STATES),
    backAfterMs: whileMs(random),
  }),
  (random, { clients }) => ({
    do: 'restore',
    client: random.below(clients),
    nth: random.below(10),
  }),
  (random) => ({ do: 'fsck', check: random.pick(['policy', 'sizes', 'checksums']) }),
]
