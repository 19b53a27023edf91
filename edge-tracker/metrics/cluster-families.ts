// What is told of the cluster: queues, hosts, devices, what waits and why. Pure.
import { type Family, gauge, ofEach } from '#shared/metrics/exposition.ts'
import { DeviceCondition, DeviceState, HostState } from '#shared/states.ts'
import type { ClusterCounts } from '../db/metrics.ts'

export const clusterFamilies = (counts: ClusterCounts): Family[] => [
  ...hostFamilies(counts.hosts),
  ...deviceFamilies(counts.devices),
  ofEach('gauge', counts.shortfalls, ({ reason }) => ({ reason }))(
    'mog_cluster_shortfalls',
    'Files short of their policy that wait, by the reason why; 10,000 of them are counted.',
    ({ files }) => files,
  ),
  ofEach('gauge', counts.sweeps, ({ sweep }) => ({ sweep }))(
    'mog_cluster_sweep_late_seconds',
    'For how long a sweep is due and no tracker has taken its turn.',
    ({ lateS }) => lateS,
  ),
  gauge(
    'mog_cluster_tombstones',
    'Deleted files still to be erased, trash included.',
    counts.tombstones,
  ),
  gauge('mog_cluster_uploads', 'Uploads that are open.', counts.uploads),
  gauge('mog_cluster_moves', 'Copies that are to leave their device.', counts.moves),
  gauge('mog_cluster_lost_files', 'Files of which no good copy is known.', counts.lost),
  gauge(
    'mog_cluster_webhooks_failing',
    'Webhooks that did not take the last message.',
    counts.webhooksFailing,
  ),
]

function hostFamilies(hosts: ClusterCounts['hosts']): Family[] {
  const perHost = ofEach('gauge', hosts, ({ host }) => ({ host }))
  const states = hosts.flatMap((each) => HostState.options.map((state) => ({ each, state })))
  const kinds = hosts.flatMap((each) => [
    { host: each.host, kind: 'replicate', jobs: each.replicate },
    { host: each.host, kind: 'delete', jobs: each.delete },
  ])
  return [
    ofEach('gauge', states, ({ each: { host }, state }) => ({ host, state }))(
      'mog_cluster_host_state',
      'Whether the host is in this state.',
      ({ each, state }) => Number(each.state === state),
    ),
    perHost(
      'mog_cluster_host_silent_seconds',
      'Since its agent was heard.',
      (host) => host.silentS,
    ),
    ofEach('gauge', kinds, ({ host, kind }) => ({ host, kind }))(
      'mog_cluster_jobs',
      'Jobs that wait for a host or are leased to it; 2,000 of each host are counted.',
      ({ jobs }) => jobs,
    ),
    perHost(
      'mog_cluster_jobs_failing',
      'Of these, those that failed before.',
      (host) => host.failing,
    ),
    perHost('mog_cluster_jobs_oldest_seconds', 'How long the oldest due job waits.', (host) => {
      return host.oldestS ?? 0
    }),
  ]
}

function deviceFamilies(devices: ClusterCounts['devices']): Family[] {
  const labelsOf = ({ deviceId, host }: (typeof devices)[number]) => ({ device: deviceId, host })
  const perDevice = ofEach('gauge', devices, labelsOf)
  const states = devices.flatMap((each) => DeviceState.options.map((state) => ({ each, state })))
  const conditions = devices.flatMap((each) =>
    DeviceCondition.options.map((condition) => ({ each, condition })),
  )
  return [
    ofEach('gauge', states, ({ each, state }) => ({ ...labelsOf(each), state }))(
      'mog_cluster_device_state',
      'Whether operators have the device in this state.',
      ({ each, state }) => Number(each.state === state),
    ),
    ofEach('gauge', conditions, ({ each, condition }) => ({ ...labelsOf(each), condition }))(
      'mog_cluster_device_condition',
      'Whether its agent found the device in this condition when it was last heard.',
      ({ each, condition }) => Number(each.condition === condition),
    ),
    perDevice('mog_cluster_device_size_bytes', 'Size of its file system.', (one) => one.bytesTotal),
    perDevice(
      'mog_cluster_device_free_bytes',
      'What may be written to it.',
      (one) => one.bytesFree,
    ),
    perDevice(
      'mog_cluster_device_utilization_ratio',
      'Share of the time that it had work.',
      (one) => {
        return one.utilization
      },
    ),
  ]
}
