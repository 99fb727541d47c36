-- Work that takes longer than a request. A job of the queue does it; this is what people see of it, also when the job is done.
create table operation (
    operation_id uuid not null constraint operation_pkey primary key,
    kind text not null constraint operation_kind_check check (char_length(kind) between 1 and 50),
    started_by text not null constraint operation_started_by_check check (char_length(started_by) between 1 and 100),
    -- What is to be done, as an encoded message.
    argument bytea not null constraint operation_argument_check check (octet_length(argument) <= 1048576),
    -- Up to where it is done, as its worker notes it: where another goes on.
    place bytea constraint operation_place_check check (octet_length(place) <= 65536),
    done_count bigint not null default 0 constraint operation_done_count_check check (done_count >= 0),
    failed_count bigint not null default 0 constraint operation_failed_count_check check (failed_count >= 0),
    total_count bigint not null default 0 constraint operation_total_count_check check (total_count >= 0),
    cancelled boolean not null default false,
    created_at timestamptz not null,
    started_at timestamptz,
    ended_at timestamptz,
    -- How it ended: an encoded google.rpc.Status or google.protobuf.Any.
    error bytea constraint operation_error_check check (octet_length(error) <= 65536),
    response bytea constraint operation_response_check check (octet_length(response) <= 1048576),
    constraint operation_ended_at_check check ((ended_at is not null) = (num_nonnulls(error, response) = 1)),
    constraint operation_result_check check (num_nonnulls(error, response) <= 1)
);

-- The operations of a caller, the newest first.
create index operation_started_by_idx on operation (started_by, operation_id);
-- Old ones are removed by it.
create index operation_ended_at_idx on operation (ended_at) where ended_at is not null;
