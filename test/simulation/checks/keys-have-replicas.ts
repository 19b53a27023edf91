// I3: a key points at a fid with at least one replica row. What no key points at has a tombstone.
import type { Check } from './check.ts'

export const keysHaveReplicas = (): Check => ({
  says: 'I3: a key points at a fid with a replica; a replica belongs to a file or a tombstone',
  look({ rows }) {
    const held = new Set(rows.replicas.map(({ fid }) => fid))
    const live = new Set(rows.files.map(({ fid }) => fid))
    const buried = new Set(rows.tombstones.map(({ fid }) => fid))
    const bare = rows.files.filter(({ fid }) => !held.has(fid))
    const orphans = [...held].filter((fid) => !live.has(fid) && !buried.has(fid))
    const both = [...live].filter((fid) => buried.has(fid))
    return [
      ...bare.map(({ key, fid }) => `${key} (fid ${fid}) has no replica`),
      ...orphans.map((fid) => `fid ${fid} has replicas, but neither a key nor a tombstone`),
      ...both.map((fid) => `fid ${fid} is alive and buried`),
    ]
  },
})
