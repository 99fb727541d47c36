-- The outbox becomes the queue: everything that is to be done later, of which delivering an event is one kind of job.

alter table outbox rename to queue;
alter table queue rename column outbox_id to job_id;
-- For an event: the service that it is delivered to.
alter table queue rename column consumer to kind;
-- Jobs of one kind and key are done one after the other, in the order of their ids. Null: beside any other.
alter table queue rename column aggregate to key;
alter table queue alter column key drop not null;
-- Of the aggregate, where the job is an event.
alter table queue alter column version drop not null;
-- Null: an event that was dropped, of which its consumer is told only that it will not come.
alter table queue rename column event to payload;
alter table queue alter column payload drop not null;
alter table queue
    add column created_at timestamptz not null default now(),
    -- Who works on it, and until when nobody else does.
    add column lease uuid,
    add column leased_until timestamptz,
    -- Class of the last failure.
    add column error text,
    -- Since when it is tried no more.
    add column dead_at timestamptz,
    add constraint queue_attempts_check check (attempts >= 0),
    add constraint queue_lease_check check ((lease is null) = (leased_until is null)),
    add constraint queue_error_check check (char_length(error) <= 100),
    add constraint queue_dead_at_check check (dead_at is null or (lease is null and error is not null)),
    -- An event holds two states of what a request of 1 MiB can say; what the ledger takes is less.
    add constraint queue_payload_check check (octet_length(payload) <= 4194304);

alter sequence outbox_outbox_id_seq rename to queue_job_id_seq;
alter table queue rename constraint outbox_pkey to queue_pkey;
alter table queue rename constraint outbox_version_check to queue_version_check;
-- It also finds what comes before a job.
alter table queue rename constraint outbox_consumer_aggregate_version_key to queue_kind_key_version_key;
alter index outbox_staged_for_idx rename to queue_staged_for_idx;
drop index outbox_consumer_due_idx;
create index queue_kind_due_at_idx on queue (kind, due_at, job_id) where staged_for is null and dead_at is null;
create index queue_dead_idx on queue (kind, key, version) where dead_at is not null;
-- A lease changes no indexed column: with room on the page the row stays where it is.
alter table queue set (fillfactor = 70);

-- When the last version that took effect was made, by its source: a lower version that was made later shows that the source was
-- restored to an earlier time.
alter table inbox add column event_time timestamptz;
-- Versions that the source gave up for the moment, and that still take effect when they come.
alter table inbox add column passed_over bigint[] not null default '{}'
    constraint inbox_passed_over_check check (cardinality(passed_over) <= 100);

-- What a creation that is given up for good takes back.
create index idempotency_resource_id_idx on idempotency (resource_id);
