-- Of an account at an address where it is known: the bucket of the account, so that it can be unlocked everywhere at once.
alter table identity.throttle add column account_bucket bytea
    constraint throttle_account_bucket_check check (octet_length(account_bucket) = 32);

create index throttle_account_bucket_idx on identity.throttle (account_bucket) where account_bucket is not null;

-- What the letters of a member of staff end with.
alter table identity.staff add column signature text
    constraint staff_signature_check check (octet_length(signature) between 1 and 1000);
