-- Which copies are on their way, of this file or of all? By fid: a planner that knows nothing of a
-- queue's size would walk an index without it once for each file.
drop index job_replicating;
create index job_replicating on job (fid) where kind = 'replicate';
