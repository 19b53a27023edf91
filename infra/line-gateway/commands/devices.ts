// Devices (MogileFS Q19 to Q22).
import { DeviceId } from '#shared/ids.ts'
import { DeviceState } from '#shared/states.ts'
import type { Device } from '#shared/wire/admin.ts'
import type { Arguments, Fields } from '../codec.ts'
import { type Call, type Command, NOTHING, need, wholeNumber } from '../command.ts'
import { LineRefusal } from '../refusals.ts'

const MEGABYTE = 1_048_576
const MAX_WEIGHT = 1_000

export const createDevice: Command = {
  async run({ args, admin }) {
    const state = stateOf(args.get('state') ?? '', 'invalid_state', 'alive')
    const devid = DeviceId.safeParse(wholeNumber(args.get('devid')))
    if (!devid.success) throw new LineRefusal('invalid_devid')
    const { hosts } = await admin.hosts.list()
    const host = hosts.find((each) => isNamed(each, args)) ?? refuse(whoIsMissing(args))
    await admin.devices.add(host.name, { deviceId: devid.data, state })
    return NOTHING
  },
}

const isNamed = (host: { hostId: number; name: string }, args: Arguments): boolean => {
  const hostId = args.get('hostid') ?? ''
  return hostId === '' ? host.name === args.get('hostname') : String(host.hostId) === hostId
}

function whoIsMissing(args: Arguments): string {
  if ((args.get('hostid') ?? '') !== '') return 'unknown_hostid'
  return (args.get('hostname') ?? '') === '' ? 'bad_args' : 'unknown_host'
}

function stateOf(text: string, code: string, missing?: DeviceState): DeviceState {
  if (text === '' && missing !== undefined) return missing
  const state = DeviceState.safeParse(text)
  return state.success ? state.data : refuse(code)
}

export const setWeight: Command = {
  async run(call) {
    const { args, admin } = call
    need(args, 'host', 'bad_params')
    need(args, 'device', 'bad_params')
    const weight = wholeNumber(args.get('weight'))
    if (weight === undefined || weight > MAX_WEIGHT) throw new LineRefusal('bad_params')
    await admin.devices.change((await find(call)).deviceId, { weight })
    return NOTHING
  },
}

export const setState: Command = {
  async run(call) {
    const { args, admin } = call
    need(args, 'host', 'bad_params')
    need(args, 'device', 'bad_params')
    const state = stateOf(args.get('state') ?? '', 'bad_params')
    await admin.devices.change((await find(call)).deviceId, { state })
    return NOTHING
  },
}

async function find({ args, admin }: Call): Promise<Device> {
  const { devices } = await admin.devices.list()
  const deviceId = wholeNumber(args.get('device'))
  const device = devices.find((each) => each.deviceId === deviceId) ?? refuse('no_device')
  return device.host === args.get('host') ? device : refuse('host_mismatch')
}

export const getDevices: Command = {
  isRead: true,
  async run({ args, admin }) {
    const asked = [admin.devices.list(), admin.hosts.list(), admin.settings.list()] as const
    const [{ devices }, { hosts }, { downAfterMs }] = await Promise.all(asked)
    const hostIds = new Map(hosts.map(({ name, hostId }) => [name, hostId]))
    const wanted = wholeNumber(args.get('devid'))
    const shown = devices.filter(({ deviceId }) => wanted === undefined || deviceId === wanted)
    const fields: Record<string, string | number> = { devices: shown.length }
    for (const [index, device] of shown.entries())
      for (const [name, value] of Object.entries(
        fieldsOf(device, hostIds.get(device.host), Number(downAfterMs)),
      ))
        fields[`dev${index + 1}_${name}`] = value ?? ''
    return fields
  },
}

function fieldsOf(device: Device, hostId: number | undefined, downAfterMs: number): Fields {
  const { bytesTotal, bytesFree, utilization, silentMs } = device
  const [total, free] = [megabytes(bytesTotal), megabytes(bytesFree)]
  const observed = observedState(device, downAfterMs)
  return {
    devid: device.deviceId,
    hostid: hostId,
    status: device.state,
    weight: device.weight,
    mb_total: total,
    mb_used: total === null || free === null ? null : total - free,
    mb_free: free,
    mb_asof: silentMs === null ? null : Math.floor((Date.now() - silentMs) / 1_000),
    observed_state: observed,
    utilization: utilization === null ? null : (utilization * 100).toFixed(2),
    reject_bad_md5: observed === 'unreachable' ? null : 1,
  }
}

const megabytes = (bytes: number | null): number | null =>
  bytes === null ? null : Math.floor(bytes / MEGABYTE)

function observedState({ condition, silentMs }: Device, downAfterMs: number): string {
  const isHeard = silentMs !== null && silentMs <= downAfterMs
  if (!isHeard || condition === null || condition === 'fenced') return 'unreachable'
  return condition === 'ok' ? 'writeable' : 'readable'
}

function refuse(code: string): never {
  throw new LineRefusal(code)
}
