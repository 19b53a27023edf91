// One call of every statement of edge-tracker/db, by module and name. The values need not name
// what exists: PostgreSQL parses and plans a statement, and tells its columns, all the same.
import { Checksum, DeviceId, DomainName, Fid, HostId, JobId, Key, Name } from '#shared/ids.ts'
import type { SyncRequest } from '#shared/wire/agents.ts'
import * as apiKeys from '#tracker/db/api-keys.ts'
import * as audit from '#tracker/db/audit.ts'
import * as changes from '#tracker/db/changes.ts'
import * as classes from '#tracker/db/classes.ts'
import * as closes from '#tracker/db/closes.ts'
import * as cluster from '#tracker/db/cluster.ts'
import * as budgets from '#tracker/db/deletion-budgets.ts'
import * as devices from '#tracker/db/devices.ts'
import * as domains from '#tracker/db/domains.ts'
import * as fids from '#tracker/db/fids.ts'
import * as files from '#tracker/db/files.ts'
import * as hosts from '#tracker/db/hosts.ts'
import * as manyFiles from '#tracker/db/many-files.ts'
import * as metrics from '#tracker/db/metrics.ts'
import * as mogilefsSettings from '#tracker/db/mogilefs-settings.ts'
import * as placements from '#tracker/db/placements.ts'
import * as replicas from '#tracker/db/replicas.ts'
import { retryNow } from '#tracker/db/retry.ts'
import * as settings from '#tracker/db/settings.ts'
import * as shortfalls from '#tracker/db/shortfalls.ts'
import type { Statement } from '#tracker/db/statement.ts'
import * as stats from '#tracker/db/stats.ts'
import * as sweeps from '#tracker/db/sweeps.ts'
import { sync } from '#tracker/db/sync.ts'
import { eraseTombstones } from '#tracker/db/tombstones.ts'
import * as trash from '#tracker/db/trash.ts'
import * as uploads from '#tracker/db/uploads.ts'
import * as webhooks from '#tracker/db/webhooks.ts'
import { fsckSamples } from './fsck-samples.ts'
import { healingSamples } from './healing-samples.ts'
import { rebuildSamples } from './rebuild-samples.ts'

const domain = DomainName.parse('demo')
const key = Key.parse('a "key", with\\ all {sorts}')
const name = Name.parse('thumb')
const fid = Fid.parse(7)
const deviceId = DeviceId.parse(3)
const hostId = HostId.parse(2)
const hash = 'f'.repeat(64)
const checksum = Checksum.parse(`SHA-256:${hash}`)
const who = { apiKeyId: 1, label: 'ops' }
const lease = { jobId: JobId.parse(1), attempt: 1 }

export const page: files.PageBounds = {
  prefix: '',
  from: '',
  fromExclusive: false,
  to: files.END_OF_KEYS,
  limit: 10,
}

export const syncRequest: SyncRequest = {
  protocol: 1,
  version: 'test',
  url: 'http://127.0.0.1:7500',
  keyVersion: 1,
  keyIds: [],
  devices: [
    { deviceId, condition: 'full', reason: 'a, "b"', bytesTotal: 1, bytesFree: 0, utilization: 1 },
    { deviceId, condition: 'ok', bytesTotal: 1, bytesFree: 0, utilization: null },
  ],
  done: [lease],
  failed: [{ ...lease, outcome: 'retry', reason: 'no { source }' }],
  renew: [lease],
  want: 10,
}

export const samples: Record<string, Record<string, Statement<unknown>>> = {
  'api-keys': {
    callerOfKey: apiKeys.callerOfKey(hash),
    callerOfPublicKey: apiKeys.callerOfPublicKey('x'),
    addApiKey: apiKeys.addApiKey(who, {
      label: 'x',
      keyHash: hash,
      publicKey: 'x',
      domain: null,
      scopes: ['read'],
    }),
    listApiKeys: apiKeys.listApiKeys(),
    changeApiKey: apiKeys.changeApiKey(who, 1, 50),
    deleteApiKey: apiKeys.deleteApiKey(who, 1),
  },
  changes: {
    readChanges: changes.readChanges(domain, { xid: '1', changeId: '1' }, 10),
    pruneChanges: changes.pruneChanges(1, 10),
  },
  audit: { readAudit: audit.readAudit({ after: 0, limit: 10 }) },
  classes: {
    addClass: classes.addClass(who, domain, { name, copies: 2 }),
    changeClass: classes.changeClass(who, domain, name, { copies: 2, cacheS: null }),
    kindsOfClasses: classes.kindsOfClasses(domain),
    deleteClass: classes.deleteClass(who, domain, name),
  },
  closes: {
    closeUploads: closes.closeUploads([
      { domain: null, stored: { fid, deviceId, bytes: 1, checksum } },
    ]),
    countCopies: closes.countCopies([fid]),
    explainUploads: closes.explainUploads([{ domain: null, stored: { fid, deviceId } }]),
  },
  cluster: { readCluster: cluster.readCluster() },
  'deletion-budgets': {
    takeDeletions: budgets.takeDeletions(1, 5, { deleteBrakeFiles: 9, deleteBrakeMs: 1_000 }),
    releaseBrake: budgets.releaseBrake(1),
  },
  devices: {
    listDevices: devices.listDevices(),
    addDevice: devices.addDevice(who, { host: name, deviceId, state: 'alive' }),
    changeDevice: devices.changeDevice(who, deviceId, { weight: 1 }),
    deleteDevice: devices.deleteDevice(who, deviceId, 1),
    sweepInventory: devices.sweepInventory(hash, { deviceId, fromFid: 1, toFid: 9, fids: [7] }),
  },
  domains: {
    listDomains: domains.listDomains(),
    addDomain: domains.addDomain(who, { name: domain, quotaFiles: 10 }),
    changeDomain: domains.changeDomain(who, domain, { quotaBytes: null }),
    deleteDomain: domains.deleteDomain(who, domain),
  },
  fids: {
    takeFids: fids.takeFids(3),
    listFids: fids.listFids(1, 10),
    factsOfFid: fids.factsOfFid(fid),
  },
  files: {
    fileDetail: files.fileDetail(domain, key),
    domainExists: files.domainExists(domain),
    currentFile: files.currentFile(domain, key),
    deleteFile: files.deleteFile(domain, key),
    changeFile: files.changeFile(domain, key, { class: name, metadata: { a: 'b' } }),
    listFiles: files.listFiles(domain, page),
    listGroups: files.listGroups(domain, page, '/', '0'),
  },
  hosts: {
    listHosts: hosts.listHosts(),
    addHost: hosts.addHost(who, name, hash),
    renewEnrollment: hosts.renewEnrollment(who, name, hash),
    changeHost: hosts.changeHost(who, name, { state: 'down', zone: null }),
    rotateHostKey: hosts.rotateHostKey(who, name, { ticketsLiveMs: 1, force: false }),
    deleteHost: hosts.deleteHost(who, name),
    enrollHost: hosts.enrollHost({ tokenHash: hash, credentialHash: hash, url: '', newDevices: 2 }),
    hostOfAgent: hosts.hostOfAgent(hash, deviceId),
  },
  ...fsckSamples,
  ...healingSamples,
  ...rebuildSamples,
  replicas: {
    copiesOfKeys: replicas.copiesOfKeys([{ domain, key }]),
    fileCopies: replicas.fileCopies(domain, key),
  },
  'many-files': {
    fileDetails: manyFiles.fileDetails(domain, [key]),
    deleteFiles: manyFiles.deleteFiles(domain, [{ key, ifMatch: ['*', 'a "b"'] }, { key }]),
  },
  placements: {
    foldPlacements: placements.foldPlacements(10),
    readDurability: placements.readDurability(1),
  },
  'mogilefs-settings': {
    listMogilefsSettings: mogilefsSettings.listMogilefsSettings(),
    writeMogilefsSettings: mogilefsSettings.writeMogilefsSettings({ slave_keys: 'a', x: null }),
  },
  retry: { retryNow: retryNow(10) },
  settings: { writeSettings: settings.writeSettings(who, { sweepMs: 10, leaseMs: null }) },
  shortfalls: {
    takeShortfalls: shortfalls.takeShortfalls(10, 10),
    bytesComing: shortfalls.bytesComing(),
    recordPlan: shortfalls.recordPlan(
      [{ fid, deviceId, priority: 0 }],
      [{ fid, version: 1 }],
      [{ fid, version: 1, reason: 'why' }],
    ),
    rehomeJobs: shortfalls.rehomeJobs({ silentMs: 1, failures: 5, limit: 10 }),
    reapDevice: shortfalls.reapDevice({ limit: 10, maxBacklog: 10, lapMs: 1 }),
  },
  stats: { readStats: stats.readStats(), ping: stats.ping() },
  metrics: { readCounts: metrics.readCounts() },
  sweeps: { claimDueSweeps: sweeps.claimDueSweeps(1), markFids: sweeps.markFids(1) },
  sync: { sync: sync(hash, syncRequest, { leaseMs: 1, scrubs: true }) },
  tombstones: { eraseTombstones: eraseTombstones(10, 10) },
  trash: {
    listTrash: trash.listTrash(domain, { from: '', fromFid: 0, to: 'x', limit: 10 }),
    restoreFile: trash.restoreFile(domain, fid, null, { ifMatch: ['*'] }),
    eraseFromTrash: trash.eraseFromTrash(domain, fid),
  },
  uploads: {
    openUploads: uploads.openUploads([
      {
        domain,
        request: { key, metadata: { a: 'b' } },
        ranked: [{ deviceId, hostId }],
        uploadMs: 1,
      },
    ]),
    abortUpload: uploads.abortUpload(domain, fid),
    expireUploads: uploads.expireUploads(10),
  },
  webhooks: {
    listWebhooks: webhooks.listWebhooks(),
    addWebhook: webhooks.addWebhook(who, { domain, url: 'https://app.example/' }),
    changeWebhook: webhooks.changeWebhook(who, 1, { paused: true }),
    deleteWebhook: webhooks.deleteWebhook(who, 1),
    takeWebhooks: webhooks.takeWebhooks({ limit: 1, changes: 1, leaseMs: 1 }),
    settleWebhook: webhooks.settleWebhook({ webhookId: 1, told: '1.0', taken: '2.3' }),
  },
}
