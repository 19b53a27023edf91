-- Copies that failed at their destination: which of them did so too often to be left there?
create index job_failing on job (failures) where kind = 'replicate' and failures > 0;
