// What an operator reads and changes. Needs a key with the scope admin. Lists are the wire's own
// shapes; a change resolves when it is recorded.
import * as z from 'zod'
import { DeviceId } from '../ids.ts'
import type { SettingName } from '../settings.ts'
import type { HostState } from '../states.ts'
import {
  AddedApiKey,
  AddedHost,
  ApiKeyList,
  type DeviceChange,
  DeviceList,
  DomainList,
  HostList,
  type NewApiKey,
  Stats,
} from '../wire/admin.ts'
import { segment } from './names-in-urls.ts'
import type { Ask, Tracker } from './tracker.ts'

const AddedDevice = z.object({ deviceId: DeviceId })
export type AddedDevice = z.infer<typeof AddedDevice>

/** By name; a newer tracker may have more than `SettingName` lists. */
const SettingValues = z.record(z.string(), z.number())
export type SettingValues = z.infer<typeof SettingValues>

const classes = (domain: string) => `domains/${segment(domain)}/classes`

export type AdminClient = ReturnType<typeof adminClient>

export function adminClient(tracker: Tracker) {
  const list = <Schema extends z.ZodType>(schema: Schema, path: string) =>
    tracker.ask(schema, { method: 'GET', path: `/v1/admin/${path}` })
  const order = async (method: Ask['method'], path: string, json?: unknown): Promise<void> => {
    await tracker.send({ method, path: `/v1/admin/${path}`, json })
  }
  /** Makes something new at each call, with a secret or a number that is told only once. */
  const make = <Schema extends z.ZodType>(schema: Schema, path: string, json: unknown) =>
    tracker.ask(schema, { method: 'POST', path: `/v1/admin/${path}`, json, once: true })

  return {
    domains: {
      list: async () => list(DomainList, 'domains'),
      add: async (name: string) => order('POST', 'domains', { name }),
      delete: async (name: string) => order('DELETE', `domains/${segment(name)}`),
    },
    classes: {
      add: async (domain: string, name: string, copies: number) =>
        order('POST', classes(domain), { name, copies }),
      change: async (domain: string, name: string, copies: number) =>
        order('PATCH', `${classes(domain)}/${segment(name)}`, { copies }),
      delete: async (domain: string, name: string) =>
        order('DELETE', `${classes(domain)}/${segment(name)}`),
    },
    hosts: {
      list: async () => list(HostList, 'hosts'),
      add: async (name: string) => make(AddedHost, 'hosts', { name }),
      /** A new token, for a host that is known already. */
      renewToken: async (name: string) => make(AddedHost, `hosts/${segment(name)}/token`, {}),
      mark: async (name: string, state: HostState) =>
        order('PATCH', `hosts/${segment(name)}`, { state }),
    },
    devices: {
      list: async () => list(DeviceList, 'devices'),
      add: async (host: string) => make(AddedDevice, 'devices', { host }),
      change: async (deviceId: number, change: z.input<typeof DeviceChange>) =>
        order('PATCH', `devices/${deviceId}`, change),
    },
    keys: {
      list: async () => list(ApiKeyList, 'keys'),
      add: async (key: z.input<typeof NewApiKey>) => make(AddedApiKey, 'keys', key),
      delete: async (apiKeyId: number) => order('DELETE', `keys/${apiKeyId}`),
    },
    settings: {
      list: async () => list(SettingValues, 'settings'),
      /** null takes a setting back to its default. */
      change: async (settings: Partial<Record<SettingName, number | null>>) =>
        order('PATCH', 'settings', settings),
    },
    stats: async () => list(Stats, 'stats'),
  }
}
