// Every bound of an import (I9).

/** Files that are read and taken at once: one statement on either side. */
export const PAGE_FILES = 5_000
/** Files that are deleted in one statement, where MogileFS has deleted them. */
export const BURY_FILES = 2_000
/** A page that lost against a writer here is tried again so often. */
export const PAGE_RETRIES = 5
/** MogileFS may number so many more files before ours begin. */
export const FID_HEADROOM = 100_000_000
/** The last fid whose directories stand in order; agents look no further. */
export const MAX_FID = 9_999_999_999
/** More than this share of the files gone at once is another database, until somebody says no. */
export const GONE_PERCENT = 10
/** Below so many, a share means nothing. */
export const GONE_FILES = 100
/** The oldest schema that has checksums, policies and hash types. */
export const OLDEST_SCHEMA = 15
/** Files that an export writes at once: all their rows are bound in a statement each. */
export const PAGE_FILES_BACK = 2_000
/** So far above our last fid MogileFS's own uploads begin. */
export const FIDS_ROOM = 1_000
