-- Every username a customer has or had. It outlives the account: nobody signs in by the name of someone who is gone.
create table identity.username (
    username_key text not null constraint username_pkey primary key
);

create table identity.account (
    customer_id uuid not null constraint account_pkey primary key,
    -- Always true: together with customer_id it refers to a customer who is not deleted.
    customer_live boolean not null default true constraint account_customer_live_check check (customer_live),
    username text,
    -- Case-folded form, made by the service: the same name typed otherwise is the same name.
    username_key text constraint account_username_key_key unique
        constraint account_username_fkey references identity.username (username_key),
    -- The customer's email at profile, to sign in with.
    email text,
    email_key text,
    -- When the customer came by it.
    email_at timestamptz,
    status text not null constraint account_status_check
        check (status in ('active', 'pending_verification', 'pending_approval', 'disabled')),
    -- The customer is being deleted: nothing lets it sign in again.
    revoked boolean not null default false,
    -- PHC string with the parameters it was made with.
    password_hash text constraint account_password_hash_check check (password_hash like '$argon2id$%'),
    -- Set by someone else: good for nothing but to change it.
    password_temporary boolean not null default false,
    password_set_at timestamptz,
    -- Tokens with a lower one are refused.
    epoch bigint not null default 1 constraint account_epoch_check check (epoch > 0),
    -- Version of the aggregate customers/{customer}/account at the last change.
    version bigint not null constraint account_version_check check (version > 0),
    -- Version of the aggregate customers/{customer}/sessions.
    session_version bigint not null default 0 constraint account_session_version_check check (session_version >= 0),
    last_sign_in_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint account_customer_fkey foreign key (customer_id, customer_live)
        references identity.customer_ref (customer_id, live),
    constraint account_username_check check ((username is null) = (username_key is null)),
    constraint account_email_check check (num_nulls(email, email_key, email_at) in (0, 3)),
    constraint account_password_check check ((password_hash is null) = (password_set_at is null)),
    constraint account_revoked_check check (not revoked or status = 'disabled')
)
-- Sign-ins rewrite the row without touching an index: with room on the page no index is written.
with (fillfactor = 80);

-- Not unique. Profile holds emails unique; what it says of two customers who pass one on to the other can arrive here in
-- either order, and a copy must take it in any. Until both have arrived the later claim counts.
create index account_email_key_idx on identity.account (email_key);

create trigger account_username_immutable before update of username, username_key on identity.account
    for each row execute function identity.refuse_username_change();
