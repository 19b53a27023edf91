// What a domain may hold. Pure.

export interface Quota {
  /** null: no bound. */
  quotaFiles: number | null
  quotaBytes: number | null
  /** Live files and their bytes, without what is in the trash. */
  files: number
  bytes: number
}

/** Whether this file would be too much, in place of what its key holds now. */
export const exceeds = (quota: Quota, bytes: number, current?: { bytes: number }): boolean =>
  (current === undefined && quota.quotaFiles !== null && quota.files + 1 > quota.quotaFiles) ||
  (quota.quotaBytes !== null &&
    bytes > (current?.bytes ?? 0) &&
    quota.bytes + bytes - (current?.bytes ?? 0) > quota.quotaBytes)
