-- What lists are made from is one row: the record, and beside it what other services say of the customer. Of customers who are there
-- already, only what profile was told before is known; usernames, postal codes and what is searched of addresses come by
-- `patron-profile resync identity --force` and `resync address --force`.
alter table profile.customer
    add column status text not null default 'active'
        constraint customer_status_check check (status in ('active', 'pending_verification', 'pending_approval', 'disabled')),
    -- Empty texts where there is nothing, so that indexes have them in their order.
    add column username text collate "und-x-icu" not null default ''
        constraint customer_username_check check (char_length(username) <= 100),
    add column groups uuid[] not null default '{}',
    add column primary_group uuid,
    add column city text collate "und-x-icu" not null default ''
        constraint customer_city_check check (char_length(city) <= 100),
    add column postal_code text not null default ''
        constraint customer_postal_code_check check (char_length(postal_code) <= 20),
    add column country_code text not null default ''
        constraint customer_country_code_check check (char_length(country_code) in (0, 2)),
    -- What is searched of the account and of all addresses, in the form of the record's.
    add column account_text text not null default '',
    add column address_text text not null default ''
        constraint customer_address_text_check check (octet_length(address_text) <= 32768),
    add constraint customer_primary_group_check check (primary_group is null or primary_group = any (groups));

update profile.customer c
set status = p.status, groups = array(select unnest(p.groups) order by 1), primary_group = p.primary_group,
    city = coalesce(p.city, ''), country_code = coalesce(p.country_code, '')
from profile.projection p where p.customer_id = c.customer_id;

drop table profile.projection;

-- Times that change often, apart from the row whose many indexes each change would write anew.
create table profile.customer_time (
    customer_id uuid not null
        constraint customer_time_pkey primary key
        constraint customer_time_customer_fkey references profile.customer (customer_id) on delete cascade,
    -- When the record was last changed.
    updated_at timestamptz not null,
    last_sign_in_at timestamptz
);

insert into profile.customer_time (customer_id, updated_at) select customer_id, updated_at from profile.customer;

-- Everything that is searched is one column, which Postgres puts together.
drop index profile.customer_search_text_idx;
alter table profile.customer rename column search_text to record_text;
alter table profile.customer
    drop column updated_at,
    add column search_text text not null
        generated always as (record_text || ' ' || number::text || account_text || address_text) stored;

create index customer_search_text_idx on profile.customer using gin (search_text public.gin_trgm_ops);

create index customer_username_idx on profile.customer (username, customer_id);

create index customer_city_idx on profile.customer (city, customer_id);

create index customer_country_code_idx on profile.customer (country_code, customer_id);

create index customer_groups_idx on profile.customer using gin (groups) where cardinality(groups) > 0;

create index customer_time_updated_at_idx on profile.customer_time (updated_at, customer_id);

-- Who never signed in stands before all others.
create index customer_time_last_sign_in_at_idx on profile.customer_time (coalesce(last_sign_in_at, 'epoch'), customer_id);
