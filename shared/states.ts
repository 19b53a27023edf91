// What a device or a host in each state is good for: one table, quoted by placement, by agents and
// by the console (MogileFS section 5). What is observed is a separate question: device-state.ts.
import * as z from 'zod'

/**
 * What is said of a device. Any state follows any other, but that `dead` is the end: its copies are
 * made elsewhere and forgotten, and then the device can be. What its agent finds is told beside it
 * (`DeviceCondition`), and never changes it.
 *   alive: in service; readonly: read, not written, its erasing waits; drain: takes nothing new;
 *   down: out of service for a while, its copies count; dead: its copies are lost.
 */
export const DeviceState = z.enum(['alive', 'readonly', 'drain', 'down', 'dead'])
export type DeviceState = z.infer<typeof DeviceState>

/** The same of a whole host: the stricter of the two holds for each of its devices. */
export const HostState = z.enum(['alive', 'readonly', 'down', 'dead'])
export type HostState = z.infer<typeof HostState>

interface Capabilities {
  read: boolean
  /** Writes of any kind, erasing included. */
  write: boolean
  newFiles: boolean
  replicas: boolean
  /** Its replicas count as copies. */
  keeps: boolean
}

export const deviceCapabilities: Record<DeviceState, Capabilities> = {
  alive: { read: true, write: true, newFiles: true, replicas: true, keeps: true },
  readonly: { read: true, write: false, newFiles: false, replicas: false, keeps: true },
  drain: { read: true, write: true, newFiles: false, replicas: false, keeps: true },
  down: { read: false, write: false, newFiles: false, replicas: false, keeps: true },
  dead: { read: false, write: false, newFiles: false, replicas: false, keeps: false },
}

export const hostCapabilities: Record<HostState, Pick<Capabilities, 'read' | 'write'>> = {
  alive: { read: true, write: true },
  readonly: { read: true, write: false },
  down: { read: false, write: false },
  dead: { read: false, write: false },
}

/** What an agent found when it last looked at a device: its own tests, not the operator's word. */
export const DeviceCondition = z.enum(['ok', 'full', 'readonly', 'fenced'])
export type DeviceCondition = z.infer<typeof DeviceCondition>

/** Whether anything can be written there or erased. A full disk has what waits erased. */
export const conditionTakesJobs: Record<DeviceCondition, boolean> = {
  ok: true,
  full: true,
  readonly: false,
  fenced: false,
}
