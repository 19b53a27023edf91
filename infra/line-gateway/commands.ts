// Every command of the line protocol on one screen (MogileFS section 2; `!` commands are in
// bang.ts). A command that is not here is unknown, those of plugins too (Q33).
import type { Command } from './command.ts'
import { createClose } from './commands/create-close.ts'
import { createOpen } from './commands/create-open.ts'
import * as devices from './commands/devices.ts'
import { clearCache, noop, replicateNow, sleep, test } from './commands/diagnostics.ts'
import * as domains from './commands/domains.ts'
import { editFile } from './commands/edit-file.ts'
import { fileDebug, httpCopy, listFids } from './commands/fids.ts'
import { deleteFile, getPaths, rename, updateClass } from './commands/files.ts'
import * as fsck from './commands/fsck.ts'
import * as hosts from './commands/hosts.ts'
import { fileInfo, listKeys } from './commands/look.ts'
import * as rebalance from './commands/rebalance.ts'
import { serverSetting, serverSettings, setServerSetting } from './commands/settings.ts'

export const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  // files
  ['create_open', createOpen],
  ['create_close', createClose],
  ['edit_file', editFile],
  ['get_paths', getPaths],
  ['delete', deleteFile],
  ['rename', rename],
  ['updateclass', updateClass],
  ['list_keys', listKeys],
  ['list_fids', listFids],
  ['file_info', fileInfo],
  ['file_debug', fileDebug],
  // domains and classes
  ['create_domain', domains.createDomain],
  ['delete_domain', domains.deleteDomain],
  ['create_class', domains.createClass],
  ['update_class', domains.updateClassOf],
  ['delete_class', domains.deleteClass],
  ['get_domains', domains.getDomains],
  // hosts and devices
  ['create_host', hosts.createHost],
  ['update_host', hosts.updateHost],
  ['delete_host', hosts.deleteHost],
  ['get_hosts', hosts.getHosts],
  ['create_device', devices.createDevice],
  ['get_devices', devices.getDevices],
  ['set_weight', devices.setWeight],
  ['set_state', devices.setState],
  // settings
  ['set_server_setting', setServerSetting],
  ['server_setting', serverSetting],
  ['server_settings', serverSettings],
  // fsck and rebalance
  ['fsck_start', fsck.startFsck],
  ['fsck_stop', fsck.stopFsck],
  ['fsck_reset', fsck.resetFsck],
  ['fsck_status', fsck.fsckStatus],
  ['fsck_getlog', fsck.getFsckLog],
  ['fsck_clearlog', fsck.clearFsckLog],
  ['rebalance_set_policy', rebalance.setRebalancePolicy],
  ['rebalance_test', rebalance.testRebalance],
  ['rebalance_start', rebalance.startRebalance],
  ['rebalance_stop', rebalance.stopRebalance],
  ['rebalance_reset', rebalance.resetRebalance],
  ['rebalance_status', rebalance.rebalanceStatus],
  // diagnostics
  ['replicate_now', replicateNow],
  ['clear_cache', clearCache],
  ['do_monitor_round', clearCache],
  ['noop', noop],
  ['test', test],
  ['sleep', sleep],
  ['httpcopy', httpCopy],
])
