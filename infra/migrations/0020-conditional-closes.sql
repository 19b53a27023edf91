-- What the writer of a file expects to find under its key, kept with the upload: a one-step put is
-- closed by the node, which knows nothing of it. Entity tags without their quotes, `*` for any.
alter table upload
  add if_match text[], -- null: whatever is there, or nothing
  add if_none_match text[];
