// What an operator may change while everything runs: name, meaning, bounds and default.
// Kept in the database, read with the cluster view, sent to agents with every sync.
import * as z from 'zod'
import { MAX_NETWORK_ZONES_LENGTH, MAX_RATE_PER_S } from './limits.ts'
import { parseNetworkZones } from './network-zones.ts'
import type { WorkPace } from './wire/agents.ts'

const ms = (fallback: number, min: number, max: number) =>
  z.int().min(min).max(max).default(fallback)

/** Slower, what is under way would seem to stall. */
const MIN_FLOW_BYTES_PER_S = 100_000
const flow = (fallback: number) =>
  z
    .int()
    .min(0)
    .max(100_000_000_000)
    .refine((rate) => rate === 0 || rate >= MIN_FLOW_BYTES_PER_S, 'less than 100,000, and not 0')
    .default(fallback)

export const Settings = z.object({
  /** How long an upload may take from open to close (MogileFS: 3,600 s). */
  uploadMs: ms(3_600_000, 1_000, 7 * 86_400_000),
  /** How long a URL for reading stays valid. */
  readTicketMs: ms(3_600_000, 1_000, 7 * 86_400_000),
  /** How long a tracker waits for a node before it turns to the next (MogileFS: 2 s). */
  nodeTimeoutMs: ms(2_000, 10, 60_000),
  /** How long a close waits for the copies that its class wants before it is answered. */
  commitWaitMs: ms(10_000, 0, 60_000),
  /** A host that was silent for longer is treated as down. */
  downAfterMs: ms(15_000, 100, 3_600_000),
  /** The devices of a host that was silent for longer are given up for dead; 0: never. */
  deadAfterMs: ms(0, 0, 30 * 86_400_000),
  /** So many of all devices are ever given up at once; if more are silent, none is. */
  deadAtOncePercent: z.int().min(0).max(100).default(20),
  /** Copies on their way to a host that was silent for longer are sent elsewhere. */
  rehomeAfterMs: ms(60_000, 100, 86_400_000),
  /** A leased job that is neither reported nor renewed for this long is offered again. */
  leaseMs: ms(60_000, 100, 3_600_000),
  /** How often an agent syncs while there is work, and while there is none. */
  busyPollMs: ms(500, 10, 60_000),
  idlePollMs: ms(1_000, 10, 3_600_000),
  /** How often trackers look for work that is not on an agent's queue yet. */
  sweepMs: ms(1_000, 10, 3_600_000),
  /** New files go only to devices that keep this much room free besides (MogileFS: 100 MB). */
  minFreeBytes: z.int().min(0).default(100_000_000),
  /** So many deletions by one API key within deleteBrakeMs, and no more; 0: no brake. */
  deleteBrakeFiles: z.int().min(0).max(1_000_000_000).default(0),
  deleteBrakeMs: ms(3_600_000, 1_000, 30 * 86_400_000),
  /** Requests a second that a tracker takes of each key that has no rate of its own; 0: any. */
  keyRatePerS: z.int().min(0).max(MAX_RATE_PER_S).default(0),
  /** And of each address from which public files are read without a key. */
  publicRatePerS: z.int().min(0).max(MAX_RATE_PER_S).default(0),
  /** How long the feed keeps what changed. */
  changeKeepMs: ms(7 * 86_400_000, 60_000, 365 * 86_400_000),
  /** Zones of hosts that were given none, by netmask: `near=10.0.0.0/16,10.1.0.0/16;far=...`. */
  networkZones: z
    .string()
    .max(MAX_NETWORK_ZONES_LENGTH)
    .refine((text) => parseNetworkZones(text) !== undefined, 'not ZONE=NETMASK,NETMASK;ZONE=...')
    .default(''),
  /** How fast each device is read through to find what rotted; 0: not at all. */
  scrubBytesPerS: z.int().min(0).max(10_000_000_000).default(5_000_000),
  /** And how many files of it a second: a spinning disk has few seeks to spare. */
  scrubFilesPerS: z.int().min(1).max(1_000_000).default(50),
  /** A device is read through once in this time, or as fast as the pace allows. */
  scrubEveryMs: ms(30 * 86_400_000, 1_000, 365 * 86_400_000),
  /** So many jobs run at once on each device, and so many copies are read from it at once. */
  jobsPerDevice: z.int().min(1).max(64).default(8),
  /** How fast copies are read from each device, and written to it; 0: as fast as it goes. */
  copyReadBytesPerS: flow(0),
  copyWriteBytesPerS: flow(0),
  /** The same, both ways, while clients wait for the device; 0: background work never yields. */
  yieldBytesPerS: flow(10_000_000),
  /** Clients wait for a device that is busier, or that answers later than this. */
  busyPercent: z.int().min(1).max(100).default(80),
  slowMs: ms(50, 1, 60_000),
  /** Copies of larger files are read from several devices at once; 0: of none. */
  splitCopyBytes: z.int().min(0).default(67_108_864),
  /** A source that sends nothing for so long is left, where there is another. */
  copyStallMs: ms(5_000, 100, 60_000),
})
export type Settings = z.infer<typeof Settings>

export interface ScrubPace {
  bytesPerS: number
  filesPerS: number
}

/** How fast each device is read through; undefined: the scrub is off. */
export const scrubPace = (settings: Settings): ScrubPace | undefined =>
  settings.scrubBytesPerS === 0
    ? undefined
    : { bytesPerS: settings.scrubBytesPerS, filesPerS: settings.scrubFilesPerS }

/** What agents are told of the pace of background work. */
export const workPace = (settings: Settings): WorkPace => ({
  jobsPerDevice: settings.jobsPerDevice,
  readBytesPerS: settings.copyReadBytesPerS,
  writeBytesPerS: settings.copyWriteBytesPerS,
  yieldBytesPerS: settings.yieldBytesPerS,
  busyPercent: settings.busyPercent,
  slowMs: settings.slowMs,
  splitBytes: settings.splitCopyBytes,
  stallMs: settings.copyStallMs,
})

/** Why these values do not go together, or undefined. */
export function conflictIn(settings: Settings): string | undefined {
  const { downAfterMs, idlePollMs, deadAfterMs } = settings
  if (downAfterMs < 2 * idlePollMs)
    return 'downAfterMs is less than twice idlePollMs: healthy hosts would seem down'
  if (deadAfterMs > 0 && deadAfterMs < downAfterMs)
    return 'deadAfterMs is less than downAfterMs: a host would be dead before it is down'
  return undefined
}

export type SettingName = keyof Settings

export const defaultSettings: Settings = Settings.parse({})

/** What is stored, each by itself: a value that does not fit is as if it were not there. */
export function readSettings(stored: Readonly<Record<string, unknown>>): {
  settings: Settings
  /** Names that were stored with a value that is none. */
  invalid: string[]
} {
  const fits = ([name, value]: [string, unknown]) =>
    isSettingName(name) && Settings.shape[name].safeParse(value).success
  const [good, bad] = [[], []] as [[string, unknown][], string[]]
  for (const entry of Object.entries(stored)) {
    if (fits(entry)) good.push(entry)
    else if (isSettingName(entry[0])) bad.push(entry[0]) // others are of another version of ours
  }
  return { settings: Settings.parse(Object.fromEntries(good)), invalid: bad }
}

export const isSettingName = (name: string): name is SettingName =>
  Object.hasOwn(Settings.shape, name)
