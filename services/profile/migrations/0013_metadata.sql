alter table profile.customer
    add column metadata jsonb not null default '{}'
        constraint customer_metadata_check
            -- 50 keys of 40 bytes with values of 500 characters of 4, and what JSON puts around them
            check (jsonb_typeof(metadata) = 'object' and octet_length(metadata::text) <= 131072);
