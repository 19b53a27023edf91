-- Since when have trackers been there without a gap, and when was one last? A host is not silent
-- while nobody could have heard it.
alter table sweep
  add heard_since timestamptz not null default now(),
  add ran_at timestamptz;
