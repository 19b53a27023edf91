-- What a class, a domain and a host can ask for besides copies. Constant defaults: no table is
-- rewritten, and a tracker of the version before goes on as it did.

alter table class
  add checksum_kind text not null default 'SHA-256', -- of the checksum that new files must have
  add commit_at smallint not null default 1, -- copies that are durable before a close is answered
  add trash_s int not null default 0, -- how long what was deleted or replaced can be had back
  add cache_s int, -- how long readers may keep what they read; null: nothing is said about it
  add public_read boolean not null default false, -- without a key
  add constraint "a class knows its checksum"
    check (checksum_kind in ('SHA-256', 'SHA-1', 'MD5', 'none')),
  add constraint "a close waits for no more copies than the class has"
    check (commit_at between 1 and copies),
  add constraint "trash is kept up to ten years"
    check (trash_s between 0 and 315360000),
  add constraint "a file is cached up to ten years"
    check (cache_s between 0 and 315360000);

alter table domain
  add quota_bytes bigint, -- null: no bound
  add quota_files bigint,
  add constraint "a quota is not negative" check (quota_bytes >= 0 and quota_files >= 0);

alter table host
  add internal_url text, -- where trackers and other agents reach it, where that is another address
  add zone text; -- copies can be asked to be in different ones
