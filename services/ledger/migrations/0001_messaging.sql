-- What every service keeps to tell and to be told of changes, and to know a request again.

create table outbox (
    outbox_id bigint generated always as identity constraint outbox_pkey primary key,
    consumer text not null,
    aggregate text not null,
    version bigint not null constraint outbox_version_check check (version > 0),
    -- The customer in whose creation the change was made: not sent before the customer is whole.
    held_for uuid,
    event bytea not null,
    attempts integer not null default 0,
    due_at timestamptz not null default now(),
    constraint outbox_consumer_aggregate_version_key unique (consumer, aggregate, version)
);

create index outbox_consumer_due_idx on outbox (consumer, outbox_id) where held_for is null;

create index outbox_held_for_idx on outbox (held_for) where held_for is not null;

-- Up to which version the events of an aggregate took effect here.
create table applied (
    source text not null,
    aggregate text not null,
    version bigint not null constraint applied_version_check check (version >= 0),
    constraint applied_pkey primary key (source, aggregate)
);

-- Requests that were carried out, for as long as they may be repeated.
create table idempotency (
    caller text not null,
    request_id uuid not null,
    body_hash bytea not null constraint idempotency_body_hash_check check (octet_length(body_hash) = 32),
    resource_id uuid not null,
    created_at timestamptz not null default now(),
    constraint idempotency_pkey primary key (caller, request_id)
);

create index idempotency_created_at_idx on idempotency (created_at);
