// Hosts and their devices, as an operator changes them.
import * as z from 'zod'
import { DeviceId } from '../ids.ts'
import {
  AddedHost,
  type DeviceChange,
  DeviceList,
  type HostChange,
  HostList,
  type NewDevice,
  Rotated,
} from '../wire/admin.ts'
import type { AdminOrders } from './admin-orders.ts'
import { segment } from './names-in-urls.ts'

const AddedDevice = z.object({ deviceId: DeviceId })
export type AddedDevice = z.infer<typeof AddedDevice>

const hostAt = (host: string) => `hosts/${segment(host)}`

export const storageAdmin = ({ list, order, make }: AdminOrders) => ({
  hosts: {
    list: async () => list(HostList, 'hosts'),
    add: async (name: string) => make(AddedHost, 'hosts', { name }),
    /** A new token, for a host that is known already. */
    renewToken: async (name: string) => make(AddedHost, `${hostAt(name)}/token`, {}),
    change: async (name: string, change: z.input<typeof HostChange>) =>
      order('PATCH', hostAt(name), change),
    /** Signs its URLs with the next key; `force` also where some that were given out are lost. */
    rotate: async (name: string, rotation: { force?: boolean } = {}) =>
      make(Rotated, `${hostAt(name)}/rotate`, rotation),
    /** Only without devices. */
    delete: async (name: string) => order('DELETE', hostAt(name)),
  },
  devices: {
    list: async () => list(DeviceList, 'devices'),
    add: async (host: string, asked: Omit<z.input<typeof NewDevice>, 'host'> = {}) =>
      make(AddedDevice, 'devices', { host, ...asked }),
    change: async (deviceId: number, change: z.input<typeof DeviceChange>) =>
      order('PATCH', `devices/${deviceId}`, change),
    /** Only a dead one that nothing names any more. */
    delete: async (deviceId: number) => order('DELETE', `devices/${deviceId}`),
  },
})
