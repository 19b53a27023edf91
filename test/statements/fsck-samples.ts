// The statements of fsck, scrub, search and explain, one call of each.
import { Checksum, DeviceId, DomainName, Fid, Key, Name } from '#shared/ids.ts'
import { fileFacts } from '#tracker/db/explain.ts'
import * as fsck from '#tracker/db/fsck.ts'
import * as looks from '#tracker/db/looks.ts'
import * as policies from '#tracker/db/policies.ts'
import type { Statement } from '#tracker/db/statement.ts'

const who = { apiKeyId: 1, label: 'ops' }
const hash = 'f'.repeat(64)
const fid = Fid.parse(7)
const deviceId = DeviceId.parse(3)
const scope = { domain: DomainName.parse('demo'), class: Name.parse('thumb'), deviceId }

export const fsckSamples: Record<string, Record<string, Statement<unknown>>> = {
  explain: { fileFacts: fileFacts(scope.domain, Key.parse('a')) },
  fsck: {
    startFsck: fsck.startFsck(who, { check: 'sizes', prefix: Key.parse('a'), ...scope }),
    listFsck: fsck.listFsck(1),
    changeFsck: fsck.changeFsck(who, 1, { state: 'paused' }),
    countLost: fsck.countLost(),
    readFsckLog: fsck.readFsckLog({ after: 0, limit: 10 }),
    turnFsck: fsck.turnFsck(1),
  },
  looks: {
    nextWindow: looks.nextWindow(
      hash,
      { deviceId, digests: true, toFid: fid },
      { bytesPerS: 1, filesPerS: 1 },
    ),
    takeFindings: looks.takeFindings(hash, {
      deviceId,
      fsckId: 1,
      fromFid: fid,
      toFid: fid,
      files: 1,
      bytes: 1,
      findings: [{ fid, code: 'BLEN', version: 1, detail: '5 bytes' }],
    }),
    takeSums: looks.takeSums(hash, {
      deviceId,
      fsckId: 1,
      fromFid: fid,
      toFid: fid,
      files: 1,
      bytes: 1,
      findings: [],
      sums: [{ fid, version: 1, checksum: Checksum.parse(`MD5:${'0'.repeat(32)}`) }],
    }),
    nextSearch: looks.nextSearch(hash, deviceId),
    takeFound: looks.takeFound(hash, { deviceId, fromNo: 0, toNo: 1, found: [fid] }),
  },
  policies: {
    nextPolicies: policies.nextPolicies(),
    recordPolicies: policies.recordPolicies({ fsckId: 1, fromFid: 1, toFid: 9, files: [] }, [
      { fid, code: 'POVI', detail: '1 of 2 copies' },
    ]),
  },
}
