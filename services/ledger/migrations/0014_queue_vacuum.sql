-- Each job leaves some dead rows, and a lease steps over those that were not yet removed: a queue is vacuumed after so many,
-- however large it is, and at full speed.
alter table queue set (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 50000,
    autovacuum_vacuum_cost_delay = 0
);
