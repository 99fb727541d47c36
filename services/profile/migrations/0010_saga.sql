-- Creations and deletions under way are sagas in the queue, beside all other jobs.
insert into profile.queue (kind, key, payload, customers, created_at, due_at)
select kind, gen_random_uuid()::text, plan, array[customer_id], started_at, leased_until from profile.saga;

drop table profile.saga;
