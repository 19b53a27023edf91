// Server settings (MogileFS Q24): what MogileFS's tools may set is kept and told as it was said.
// Zones mean something here and are carried over; for the others agents and trackers have settings
// of their own (`mog setting`).
import { type Call, type Command, NOTHING, need } from '../command.ts'
import { LineRefusal } from '../refusals.ts'
import { rebalanceSettings } from './rebalance-state.ts'

const YES_OR_NO = /^(?:[01]|on|off|y|n|yes|no|t|f|true|false)$/i
const NUMBER = /^\d{1,15}$/
const MASKS = /^[\w.:/]+(?:,[\w.:/]+)*$/
const NAMES = /^\w+(?:[,\s]+\w+)*$/
const NAMES_WITH_WEIGHTS = /^\w+(?:=\d{1,9})?(?:,\w+(?:=\d{1,9})?)*$/
const ANY = /^[^\0]*$/

/** Of each that may be set, what it looks like. */
const writable: readonly (readonly [RegExp, RegExp])[] = [
  [/^(?:skip_devcount|skip_mkcol|case_sensitive_list_keys)$/, YES_OR_NO],
  [/^slave_keys$/, NAMES_WITH_WEIGHTS],
  [/^slave_version$/, NUMBER],
  [/^slave_skip_filtering$/, /^(?:on|off)$/],
  [/^slave_\w+$/, ANY],
  [/^memcache_servers$/, ANY],
  [/^memcache_ttl$/, NUMBER],
  [/^internal_queue_limit$/, NUMBER],
  [/^queue_(?:rate|size)_for_(?:fsck|rebal|reaper)$/, NUMBER],
  [/^network_zones$/, NAMES],
  [/^zone_\w+$/, MASKS],
  [/^fsck_checksum$/, /^(?:class|off|MD5|SHA-1|SHA-256)$/],
]

/** Of our own, kept beside: how far a fsck is asked for, and where its log begins. */
const HIDDEN = /^fsck_(?!checksum$)/

export const setServerSetting: Command = {
  codes: { invalid_request: 'invalid_format' },
  async run(call) {
    const { args, admin } = call
    const key = need(args, 'key', 'bad_params')
    const value = args.get('value') ?? ''
    const [, format] = writable.find(([name]) => name.test(key)) ?? refuse('not_writable')
    if (value !== '' && !format.test(value)) throw new LineRefusal('invalid_format')
    const settings = await admin.mogilefsSettings.change({ [key]: value === '' ? null : value })
    if (key === 'network_zones' || key.startsWith('zone_'))
      await admin.settings.change({ networkZones: zonesOf(settings) })
    return NOTHING
  },
}

/** `near=10.0.0.0/16,10.1.0.0/16;far=...`, of the zones that are named and have a mask. */
function zonesOf(settings: Readonly<Record<string, string>>): string | null {
  const names = (settings['network_zones'] ?? '').split(/[,\s]+/).filter((name) => name !== '')
  const zones = names
    .filter((name) => settings[`zone_${name}`] !== undefined)
    .map((name) => `${name}=${settings[`zone_${name}`]}`)
  return zones.length === 0 ? null : zones.join(';')
}

export const serverSetting: Command = {
  isRead: true,
  async run(call) {
    const key = need(call.args, 'key', 'bad_params')
    const settings = new Map(Object.entries(await allSettings(call)))
    return { key, value: settings.get(key) ?? null }
  },
}

export const serverSettings: Command = {
  isRead: true,
  async run(call) {
    const settings = Object.entries(await allSettings(call))
    const fields: Record<string, string | number> = { key_count: settings.length }
    for (const [index, [key, value]] of settings.entries()) {
      fields[`key_${index + 1}`] = key
      fields[`value_${index + 1}`] = value
    }
    return fields
  },
}

/** With the rebalance's, which MogileFS keeps there too. The version is of the tables it has. */
const SCHEMA_VERSION = '17'

async function allSettings({ admin }: Call): Promise<Record<string, string>> {
  const asked = [admin.mogilefsSettings.list(), admin.rebalance.status()] as const
  const [kept, rebalance] = await Promise.all(asked)
  const shown = Object.entries(kept).filter(([name]) => !HIDDEN.test(name))
  return {
    ...Object.fromEntries(shown),
    ...rebalanceSettings(rebalance),
    schema_version: SCHEMA_VERSION,
  }
}

function refuse(code: string): never {
  throw new LineRefusal(code)
}
