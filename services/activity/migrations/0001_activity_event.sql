-- What happened, one row an event of another service. Rows are only ever added.
--
-- No foreign key to customer_ref: what happened to a customer outlives the customer, and may arrive before the reference.
create table activity.activity_event (
    event_id uuid not null constraint activity_event_pkey primary key,
    -- In which order events came to stand here: first the transaction, then the place in it. The place alone would not do: a
    -- transaction that takes a lower one can commit later. What transactions below `pg_snapshot_xmin` wrote is complete, so a
    -- reader that goes no further passes over nothing. A cluster restored from a dump, not from a base backup, counts its
    -- transactions anew: there `update activity.activity_event set recorded_by = 3` must run once before it serves.
    recorded_by bigint not null default pg_current_xact_id()::text::bigint,
    recorded_id bigint not null generated always as identity,
    source text not null constraint activity_event_source_check check (source ~ '^[a-z]{1,20}$'),
    type text not null constraint activity_event_type_check check (type ~ '^[a-z_]{1,40}\.[a-z_]{1,40}$'),
    customer_id uuid,
    resource text not null constraint activity_event_resource_check check (char_length(resource) between 1 and 200),
    -- Null for nobody known.
    actor text constraint activity_event_actor_check
        check (actor ~ '^((staff|customers)/[0-9a-f-]{36}|services/[A-Za-z0-9_-]{1,100})$'),
    actor_display_name text
        constraint activity_event_actor_display_name_check check (char_length(actor_display_name) between 1 and 200),
    on_behalf_of text constraint activity_event_on_behalf_of_check check (on_behalf_of ~ '^customers/[0-9a-f-]{36}$'),
    origin text constraint activity_event_origin_check check (char_length(origin) between 1 and 100),
    reason text constraint activity_event_reason_check check (char_length(reason) between 1 and 400),
    -- A W3C trace id is 16 bytes, for which this is the type.
    trace_id uuid,
    span_id text constraint activity_event_span_id_check check (span_id ~ '^[0-9a-f]{16}$'),
    event_time timestamptz not null,
    -- [{"field": "work_phone", "old": "", "new": "+43316123456"}, ...]
    changes jsonb not null constraint activity_event_changes_check check (
        jsonb_path_query_array(
            changes,
            'strict $[*] ? (@.field.type() == "string" && @.old.type() == "string" && @.new.type() == "string")',
            silent => true
        ) = changes)
);

-- Lists read these backwards, the latest event first. They ascend all the same: new rows then go to the right end of what they
-- belong to, where pages are filled to the brim.
create index activity_event_event_time_idx on activity.activity_event (event_time, event_id);
create index activity_event_customer_id_idx on activity.activity_event (customer_id, event_time, event_id);
create index activity_event_actor_idx on activity.activity_event (actor, event_time, event_id);
create index activity_event_type_idx on activity.activity_event (type, event_time, event_id);
create index activity_event_on_behalf_of_idx on activity.activity_event (on_behalf_of, event_time, event_id)
    where on_behalf_of is not null;
-- A request makes few events.
create index activity_event_trace_id_idx on activity.activity_event (trace_id);
-- For streams.
create index activity_event_recorded_by_idx on activity.activity_event (recorded_by, recorded_id);
