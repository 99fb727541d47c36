-- What a service that keeps rows about customers knows of each.

create table customer_ref (
    customer_id uuid not null constraint customer_ref_pkey primary key,
    state text not null constraint customer_ref_state_check check (state in ('pending', 'active', 'deleted')),
    -- Rows about a customer refer to (customer_id, live), so none can be written for, or left behind by, a deleted one.
    live boolean not null generated always as (state <> 'deleted') stored,
    merged_into uuid,
    assigned_staff uuid[] not null default '{}'
        constraint customer_ref_assigned_staff_check check (cardinality(assigned_staff) <= 2),
    -- Version of the reference at profile.
    version bigint not null constraint customer_ref_version_check check (version >= 0),
    -- Version of what this service keeps of the customer, for its own events.
    aggregate_version bigint not null default 0
        constraint customer_ref_aggregate_version_check check (aggregate_version >= 0),
    constraint customer_ref_customer_id_live_key unique (customer_id, live)
);

create index customer_ref_assigned_staff_idx on customer_ref using gin (assigned_staff);
