-- What MogileFS's own tools set and read back (server_settings), as they said it. The line gateway
-- keeps nothing itself; of these few have an effect here, and those are carried over to `setting`.
-- Not audited: among them are passwords of read replicas.
create table mogilefs_setting (
  name text collate "C" primary key,
  value text not null,
  constraint "a setting's name has 1 to 255 characters" check (length(name) between 1 and 255),
  constraint "a setting's value is bounded" check (length(value) <= 16384)
);
