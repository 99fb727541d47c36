-- Bulk operations, as long as the operation of this id is kept.
create table profile.bulk (
    operation_id uuid not null constraint bulk_pkey primary key
);

-- The customers of each, and what became of them: whoever is gone, too.
create table profile.bulk_item (
    operation_id uuid not null constraint bulk_item_bulk_fkey references profile.bulk (operation_id),
    customer_id uuid not null,
    -- Null while it waits for its turn.
    done boolean,
    -- Why it failed: an encoded google.rpc.Status, without personal data.
    error bytea constraint bulk_item_error_size_check check (octet_length(error) between 1 and 1024),
    constraint bulk_item_pkey primary key (operation_id, customer_id),
    constraint bulk_item_error_check check ((done is false) = (error is not null))
);

create index bulk_item_failed_idx on profile.bulk_item (operation_id, customer_id) where done is false;
