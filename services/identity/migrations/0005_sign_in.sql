-- Attempts whose password is just being looked at. They lapse, so that one which ends with its process counts for nothing.
alter table identity.throttle
    add column open integer not null default 0 constraint throttle_open_check check (open >= 0),
    add column lapses_at timestamptz not null default '-infinity';

-- Addresses from which accounts have signed in: there only their own failures slow them.
create table identity.known_address (
    -- SHA-256 of account and address: no table holds who was where.
    bucket bytea not null constraint known_address_pkey primary key
        constraint known_address_bucket_check check (octet_length(bucket) = 32),
    seen_at timestamptz not null
);

create index known_address_seen_at_idx on identity.known_address (seen_at);

-- What the sweep looks for, by kind: each has a time of its own after which it is over.
create index session_expires_at_idx on identity.session (expires_at);

create index session_staff_last_used_at_idx on identity.session (last_used_at) where staff_id is not null;

create index session_customer_last_used_at_idx on identity.session (last_used_at) where staff_id is null;

-- Look-alikes of other scripts have one skeleton (UTS #39), made by the service, which fills in those of earlier rows. Of earlier
-- names that look alike all but one keep none.
alter table identity.username add column skeleton text constraint username_skeleton_key unique;

alter table identity.staff add column username_skeleton text constraint staff_username_skeleton_key unique;

-- Through which member of staff the password was set: as a temporary one, or by a one-time code. Nothing where the customer has
-- chosen it by itself.
alter table identity.account add column password_given_by text
    constraint account_password_given_by_check check (password_given_by ~ '^staff/[0-9a-f-]{36}$');

-- One-time codes to set a new password with.
create table identity.reset_code (
    -- SHA-256 of the code, which only its holder has.
    code_hash bytea not null constraint reset_code_pkey primary key
        constraint reset_code_code_hash_check check (octet_length(code_hash) = 32),
    -- One at a time: a new one replaces the one before.
    customer_id uuid not null constraint reset_code_customer_id_key unique
        constraint reset_code_account_fkey references identity.account (customer_id) on delete cascade,
    -- Who gave it out: `staff/{staff}`.
    given_by text not null constraint reset_code_given_by_check check (given_by ~ '^staff/[0-9a-f-]{36}$'),
    expires_at timestamptz not null
);

create index reset_code_expires_at_idx on identity.reset_code (expires_at);
