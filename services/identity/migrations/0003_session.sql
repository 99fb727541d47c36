create table identity.session (
    session_id uuid not null constraint session_pkey primary key,
    -- SHA-256 of the secret, which only its holder has.
    secret_hash bytea not null constraint session_secret_hash_key unique
        constraint session_secret_hash_check check (octet_length(secret_hash) = 32),
    staff_id uuid constraint session_staff_fkey references identity.staff (staff_id) on delete cascade,
    customer_id uuid constraint session_account_fkey references identity.account (customer_id) on delete cascade,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    -- When it ends however much it is used.
    expires_at timestamptz not null,
    constraint session_user_check check (num_nonnulls(staff_id, customer_id) = 1)
)
with (fillfactor = 80);

-- Sessions of one user, latest first: ids rise with time.
create index session_staff_id_idx on identity.session (staff_id, session_id) where staff_id is not null;

create index session_customer_id_idx on identity.session (customer_id, session_id) where customer_id is not null;

-- Each session with what its user may do now.
create view identity.session_user as
select
    session_id, session.staff_id, session.customer_id, session.created_at, last_used_at, expires_at,
    coalesce(staff.epoch, account.epoch) as epoch,
    staff.display_name,
    role.permissions,
    role.scope,
    coalesce(staff.password_temporary, account.password_temporary) as password_temporary,
    coalesce(not staff.disabled, account.status = 'active' and customer_ref.state = 'active') as may_sign_in
from identity.session
left join identity.staff on staff.staff_id = session.staff_id
left join identity.role on role.role_id = staff.role_id
left join identity.account on account.customer_id = session.customer_id
left join identity.customer_ref on customer_ref.customer_id = session.customer_id;

-- What every service must refuse until the tokens in question have ended by themselves.
create table identity.revocation (
    revocation_id bigint generated always as identity constraint revocation_pkey primary key,
    -- Either the session that ended ...
    session_id uuid,
    -- ... or whose epoch was raised, and to what.
    staff_id uuid,
    customer_id uuid,
    epoch bigint constraint revocation_epoch_check check (epoch > 0),
    -- No token that it concerns is good for longer.
    expires_at timestamptz not null,
    -- The transaction that wrote it: readers go on from the oldest one that was still open when they last read.
    transaction_id bigint not null default pg_current_xact_id()::text::bigint,
    constraint revocation_concerned_check check (num_nonnulls(session_id, staff_id, customer_id) = 1),
    constraint revocation_session_id_check check ((session_id is null) = (epoch is not null))
);

create index revocation_transaction_id_idx on identity.revocation (transaction_id);

create index revocation_expires_at_idx on identity.revocation (expires_at);

-- Attempts to sign in, by what was submitted and by where it came from.
create table identity.throttle (
    -- SHA-256 of what is counted: no table holds what strangers type.
    bucket bytea not null constraint throttle_pkey primary key
        constraint throttle_bucket_check check (octet_length(bucket) = 32),
    attempts integer not null constraint throttle_attempts_check check (attempts >= 0),
    -- Until then no further attempt is looked at.
    retry_at timestamptz not null,
    -- From then on the attempts count no more.
    forget_at timestamptz not null
);

create index throttle_forget_at_idx on identity.throttle (forget_at);

create table identity.signing_key (
    -- `kid` in the header of tokens.
    key_id text not null constraint signing_key_pkey primary key,
    public_key bytea not null constraint signing_key_public_key_check check (octet_length(public_key) = 32),
    -- PKCS #8, sealed with the service's seal key.
    sealed_private_key text not null,
    -- From then on it signs, until another does.
    signs_from timestamptz not null,
    created_at timestamptz not null
);
