// Domains and classes as they are here; of hosts and devices those that MogileFS does not know are
// added, and the others keep what it knows of them, but for the states of devices.
import { AdoptionRefusal } from '../refusal.ts'
import { addressOf, type Back } from './map-back.ts'
import type { OurCluster } from './read-ours.ts'
import { atOnce, insertRows, type Writer } from './writer.ts'

const CLASS_COLUMNS = [
  'dmid',
  'classid',
  'classname',
  'mindevcount',
  'replpolicy',
  'hashtype',
] as const

/** Numbers are the same on both sides only where they came from there. */
export async function expectStrangers({ query }: Writer, { hosts }: OurCluster): Promise<void> {
  const names = new Map(hosts.map(({ hostId, name }) => [hostId, name]))
  for (const { hostid, hostname } of await query('select hostid, hostname from host'))
    if (names.get(Number(hostid)) !== hostname)
      throw new AdoptionRefusal(
        `That database knows another cluster: its host ${String(hostid)} is ${String(hostname)}`,
        'A cluster that was never taken over goes into a new database, as mogdbsetup makes it.',
      )
}

/** What an operator should know of it. */
export async function fillCluster(
  writer: Writer,
  { domains, hosts, devices }: OurCluster,
  { classes }: Back,
): Promise<string[]> {
  const notes: string[] = []
  await atOnce(writer, async () => {
    await writer.query('delete from class')
    await writer.query('delete from domain')
    const named = domains.map(({ domainId, name }) => [domainId, name] as const)
    await insertRows(writer, 'domain', { dmid: '?', namespace: '?' }, named)
    const rows = classes.map((row) => CLASS_COLUMNS.map((column) => row[column]))
    await insertRows(writer, 'class', questions(CLASS_COLUMNS), rows)
    const knownHosts = await numbers(writer, 'hostid', 'host')
    for (const host of hosts.filter(({ hostId }) => !knownHosts.has(hostId))) {
      const { ip, port } = addressOf(host) ?? { ip: `0.0.0.${host.hostId}`, port: 7500 }
      const columnsOfHost = ['hostid', 'status', 'http_port', 'hostname', 'hostip']
      const row = [host.hostId, host.state, port, host.name, ip]
      await insertRows(writer, 'host', questions(columnsOfHost), [row])
      notes.push(`host ${host.name} is new there: mogstored is to listen at ${ip}:${port}`)
    }
    const knownDevices = await numbers(writer, 'devid', 'device')
    for (const { deviceId, hostId, state, weight } of devices)
      if (knownDevices.has(deviceId))
        await writer.query('update device set status = ? where devid = ?', [state, deviceId])
      else
        await insertRows(writer, 'device', questions(['devid', 'hostid', 'status', 'weight']), [
          [deviceId, hostId, state, weight],
        ])
  })
  return notes
}

const questions = (columns: readonly string[]) =>
  Object.fromEntries(columns.map((column) => [column, '?']))

async function numbers({ query }: Writer, column: string, table: string): Promise<Set<number>> {
  const rows = await query(`select ${column} as number from ${table}`)
  return new Set(rows.map((row) => Number(row['number'])))
}
