// Every command, and the file that does it. A file is loaded when its command is called.
import type { Verb } from './verb.ts'

export const verbs: Readonly<Record<string, () => Promise<Verb>>> = {
  put: async () => (await import('./verbs/put.ts')).put,
  get: async () => (await import('./verbs/get.ts')).get,
  ls: async () => (await import('./verbs/ls.ts')).ls,
  rm: async () => (await import('./verbs/rm.ts')).rm,
  mv: async () => (await import('./verbs/mv.ts')).mv,
  stat: async () => (await import('./verbs/stat.ts')).stat,
  paths: async () => (await import('./verbs/paths.ts')).paths,

  'domain ls': async () => (await import('./verbs/domain-ls.ts')).domainLs,
  'domain add': async () => (await import('./verbs/domain-add.ts')).domainAdd,
  'domain rm': async () => (await import('./verbs/domain-rm.ts')).domainRm,
  'class ls': async () => (await import('./verbs/class-ls.ts')).classLs,
  'class add': async () => (await import('./verbs/class-add.ts')).classAdd,
  'class set': async () => (await import('./verbs/class-set.ts')).classSet,
  'class rm': async () => (await import('./verbs/class-rm.ts')).classRm,
  'host ls': async () => (await import('./verbs/host-ls.ts')).hostLs,
  'host add': async () => (await import('./verbs/host-add.ts')).hostAdd,
  'host token': async () => (await import('./verbs/host-token.ts')).hostToken,
  'host mark': async () => (await import('./verbs/host-mark.ts')).hostMark,
  'device ls': async () => (await import('./verbs/device-ls.ts')).deviceLs,
  'device add': async () => (await import('./verbs/device-add.ts')).deviceAdd,
  'device mark': async () => (await import('./verbs/device-mark.ts')).deviceMark,
  'key ls': async () => (await import('./verbs/key-ls.ts')).keyLs,
  'key add': async () => (await import('./verbs/key-add.ts')).keyAdd,
  'key rm': async () => (await import('./verbs/key-rm.ts')).keyRm,
  'setting ls': async () => (await import('./verbs/setting-ls.ts')).settingLs,
  'setting set': async () => (await import('./verbs/setting-set.ts')).settingSet,
  stats: async () => (await import('./verbs/stats.ts')).stats,
}
