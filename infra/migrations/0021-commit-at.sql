-- How many copies must be durable before the close of this upload is answered: of its class, as it
-- was when the upload was opened.
alter table upload add commit_at smallint not null default 1;
