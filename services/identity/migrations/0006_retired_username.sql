-- Usernames stay taken when their customers are gone, of whom nothing else is left here.
create table identity.retired_username (
    -- HMAC-SHA-256 of the name's skeleton, by a key that only the service has.
    username_hash bytea not null constraint retired_username_pkey primary key
        constraint retired_username_username_hash_check check (octet_length(username_hash) = 32)
);

-- While a customer is there, look-alikes are compared as they are.
alter table identity.account add column username_skeleton text
    constraint account_username_skeleton_key unique
    constraint account_username_skeleton_check check (username_skeleton is null or username is not null);

update identity.account set username_skeleton = username.skeleton
from identity.username where username.username_key = account.username_key and username.skeleton is not null;

alter table identity.account drop constraint account_username_fkey;

-- Names of customers who are gone remain, until the service has hashed them at its next start.
delete from identity.username using identity.account where username.username_key = account.username_key;
