-- Which sets of devices has no file any more? (the ledger forgets them)
create index placement_emptied on placement_count (class_id) where files = 0;
