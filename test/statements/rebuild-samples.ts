// The statements of catalogues and of rebuilds, one call of each.
import { Checksum, DeviceId, DomainName, Fid, Key, Name } from '#shared/ids.ts'
import * as catalogue from '#tracker/db/catalogue.ts'
import * as rebuild from '#tracker/db/rebuild.ts'
import type { Statement } from '#tracker/db/statement.ts'

const who = { apiKeyId: 1, label: 'ops' }
const hash = 'f'.repeat(64)
const fid = Fid.parse(7)
const deviceId = DeviceId.parse(3)

export const rebuildSamples: Record<string, Record<string, Statement<unknown>>> = {
  catalogue: {
    changedPlaces: catalogue.changedPlaces(hash, { after: '700.3', definitions: '' }),
    compareLeaves: catalogue.compareLeaves(hash, {
      deviceId,
      leaves: [{ leaf: 0, files: 1, digest: '0'.repeat(16) }],
    }),
  },
  rebuild: {
    readRebuild: rebuild.readRebuild(),
    loadRebuild: rebuild.loadRebuild({
      clusterId: '5b1c0a3e-7a55-4d0e-9f8e-3a3c7d1f0e11',
      deviceId,
      files: [
        {
          fid,
          bytes: 5,
          entry: {
            fid,
            domain: DomainName.parse('demo'),
            key: Key.parse('a "key"'),
            class: Name.parse('default'),
            bytes: 5,
            checksum: Checksum.parse(`SHA-256:${hash}`),
            createdAtMs: 1,
          },
          readMs: 1,
        },
      ],
      toFid: 7,
      isWhole: true,
      definitions: {},
      definedMs: 1,
    }),
    judgeRebuild: rebuild.judgeRebuild(0, 10),
    applyRebuild: rebuild.applyRebuild(who, 10),
    forgetRebuild: rebuild.forgetRebuild(),
  },
}
