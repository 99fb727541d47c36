-- Numbers for people. Gaps are no harm: they come from customers who were given up.
create sequence profile.customer_number_seq start 100001;

-- Customers that are whole, or being created (pending), or being deleted. One who is deleted moves to tombstone.
create table profile.customer (
    customer_id uuid not null constraint customer_pkey primary key,
    state text not null constraint customer_state_check check (state in ('pending', 'active', 'deleting')),
    number bigint not null default nextval('profile.customer_number_seq') constraint customer_number_key unique,
    first_name text collate "und-x-icu" not null
        constraint customer_first_name_check check (char_length(first_name) between 1 and 100),
    middle_name text constraint customer_middle_name_check check (char_length(middle_name) between 1 and 100),
    last_name text collate "und-x-icu" not null
        constraint customer_last_name_check check (char_length(last_name) between 1 and 100),
    title text constraint customer_title_check check (char_length(title) between 1 and 100),
    email text not null constraint customer_email_check check (octet_length(email) between 3 and 254),
    -- The email as it is compared: made by the service, since SQL's lower() knows fewer letters.
    email_key text not null constraint customer_email_key_key unique,
    company text collate "und-x-icu" constraint customer_company_check check (char_length(company) between 1 and 100),
    department text constraint customer_department_check check (char_length(department) between 1 and 100),
    job_title text constraint customer_job_title_check check (char_length(job_title) between 1 and 100),
    account_type text constraint customer_account_type_check check (account_type in ('private', 'business')),
    preferred_language text
        constraint customer_preferred_language_check check (char_length(preferred_language) between 2 and 35),
    time_zone text constraint customer_time_zone_check check (char_length(time_zone) between 1 and 64),
    birth_date date constraint customer_birth_date_check check (birth_date >= '1900-01-01'),
    tax_number text constraint customer_tax_number_check check (char_length(tax_number) between 1 and 50),
    source text constraint customer_source_check check (char_length(source) between 1 and 100),
    newsletter boolean not null,
    external_id text
        constraint customer_external_id_check check (char_length(external_id) between 1 and 100)
        constraint customer_external_id_key unique,
    -- As `+44-20-7976-5722;ext=12;region=GB`.
    primary_phone text constraint customer_primary_phone_check check (primary_phone ~ '^\+[0-9-]+(;[a-z]+(=[0-9A-Z]+)?)*$'),
    secondary_phone text constraint customer_secondary_phone_check check (secondary_phone ~ '^\+[0-9-]+(;[a-z]+(=[0-9A-Z]+)?)*$'),
    personal_phone text constraint customer_personal_phone_check check (personal_phone ~ '^\+[0-9-]+(;[a-z]+(=[0-9A-Z]+)?)*$'),
    work_phone text constraint customer_work_phone_check check (work_phone ~ '^\+[0-9-]+(;[a-z]+(=[0-9A-Z]+)?)*$'),
    mobile_phone text constraint customer_mobile_phone_check check (mobile_phone ~ '^\+[0-9-]+(;[a-z]+(=[0-9A-Z]+)?)*$'),
    fax text constraint customer_fax_check check (fax ~ '^\+[0-9-]+(;[a-z]+(=[0-9A-Z]+)?)*$'),
    assigned_staff uuid[] not null
        constraint customer_assigned_staff_check check (
            cardinality(assigned_staff) <= 2 and assigned_staff[1] is distinct from assigned_staff[2]
            or cardinality(assigned_staff) = 0),
    -- What is searched: every word with one space before it, without case and accents, phones by their digits.
    search_text text not null,
    -- Versions of the record, and of what other services know of the customer.
    version bigint not null constraint customer_version_check check (version > 0),
    reference_version bigint not null constraint customer_reference_version_check check (reference_version >= 0),
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create index customer_search_text_idx on profile.customer using gin (search_text public.gin_trgm_ops);

create index customer_created_at_idx on profile.customer (created_at, customer_id) where state = 'active';

create index customer_last_name_idx on profile.customer (last_name, customer_id) where state = 'active';

create index customer_first_name_idx on profile.customer (first_name, customer_id) where state = 'active';

-- Customers without a company stand together, before the others.
create index customer_company_idx on profile.customer (coalesce(company, ''), customer_id) where state = 'active';

create index customer_assigned_staff_idx on profile.customer using gin (assigned_staff) where cardinality(assigned_staff) > 0;

-- What other services say of a customer. Apart from the record, whose indexes it would make every event rewrite.
create table profile.projection (
    customer_id uuid not null
        constraint projection_pkey primary key
        constraint projection_customer_fkey references profile.customer (customer_id) on delete cascade,
    status text not null default 'active'
        constraint projection_status_check
            check (status in ('active', 'pending_verification', 'pending_approval', 'disabled')),
    groups uuid[] not null default '{}',
    primary_group uuid,
    city text,
    country_code text,
    constraint projection_primary_group_check check (primary_group is null or primary_group = any (groups))
);

create index projection_groups_idx on profile.projection using gin (groups);

create index projection_country_code_idx on profile.projection (country_code);

-- Which fields each version of a record changed and by whom: tells someone with an old etag what they would overwrite.
create table profile.edit (
    customer_id uuid not null constraint edit_customer_fkey references profile.customer (customer_id) on delete cascade,
    version bigint not null,
    fields text[] not null constraint edit_fields_check check (cardinality(fields) > 0),
    actor text not null,
    edited_at timestamptz not null,
    constraint edit_pkey primary key (customer_id, version)
);

-- Customers who were deleted or given up: nothing personal, only that the id is used up.
create table profile.tombstone (
    customer_id uuid not null constraint tombstone_pkey primary key,
    reference_version bigint not null constraint tombstone_reference_version_check check (reference_version > 0),
    deleted_at timestamptz not null
);

-- Creations and deletions that go through several services and are under way.
create table profile.saga (
    customer_id uuid not null
        constraint saga_pkey primary key
        constraint saga_customer_fkey references profile.customer (customer_id) on delete cascade,
    kind text not null constraint saga_kind_check check (kind in ('creation', 'deletion')),
    -- The calls to make, as encoded messages without a password.
    plan bytea not null,
    started_at timestamptz not null,
    -- Until when a process is at work on it; after that another takes it over.
    leased_until timestamptz not null
);

create index saga_leased_until_idx on profile.saga (leased_until);
