create table groups.customer_group (
    group_id uuid not null constraint customer_group_pkey primary key,
    display_name text not null constraint customer_group_display_name_check check (char_length(display_name) between 1 and 100),
    -- The form of the name in which no two are the same, made by the service; ordered by bytes, as pages are.
    display_name_key text collate "C" not null constraint customer_group_display_name_key_key unique,
    description text constraint customer_group_description_check check (char_length(description) between 1 and 400),
    approval_required boolean not null,
    assignment_closed boolean not null,
    version bigint not null constraint customer_group_version_check check (version > 0),
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table groups.membership (
    customer_id uuid not null,
    -- Always true: together with customer_id it refers to a customer who is not deleted.
    customer_live boolean not null default true constraint membership_customer_live_check check (customer_live),
    group_id uuid not null constraint membership_group_id_fkey references groups.customer_group (group_id),
    is_primary boolean not null,
    creator text not null,
    created_at timestamptz not null,
    constraint membership_pkey primary key (customer_id, group_id),
    constraint membership_customer_fkey foreign key (customer_id, customer_live)
        references groups.customer_ref (customer_id, live)
);

-- One primary group per customer.
create unique index membership_customer_id_primary_key on groups.membership (customer_id) where is_primary;

-- A group's members, latest first.
create index membership_group_id_idx on groups.membership (group_id, created_at desc, customer_id desc);

-- Customers who are being created, few at any time: members whom nobody sees yet, and who are not counted.
create index customer_ref_pending_idx on groups.customer_ref (customer_id) where state = 'pending';

-- About how many members the large groups have, as the last `analyze` saw it: for groups that take too long to count.
create view groups.group_estimate as
select common.group_id, (c.reltuples * common.frequency)::bigint as members
from pg_stats s
join pg_class c on c.oid = 'groups.membership'::regclass
cross join unnest(s.most_common_vals::text::uuid[], s.most_common_freqs) as common (group_id, frequency)
where s.schemaname = 'groups' and s.tablename = 'membership' and s.attname = 'group_id';
