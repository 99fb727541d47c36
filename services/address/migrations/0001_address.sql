create table address.address (
    address_id uuid not null constraint address_pkey primary key,
    customer_id uuid not null,
    -- Always true: together with customer_id it refers to a customer who is not deleted.
    customer_live boolean not null default true constraint address_customer_live_check check (customer_live),
    label text constraint address_label_check check (char_length(label) between 1 and 100),
    recipient text constraint address_recipient_check check (char_length(recipient) between 1 and 100),
    company text constraint address_company_check check (char_length(company) between 1 and 100),
    line1 text not null constraint address_line1_check check (char_length(line1) between 1 and 200),
    line2 text constraint address_line2_check check (char_length(line2) between 1 and 200),
    city text not null constraint address_city_check check (char_length(city) between 1 and 100),
    region text constraint address_region_check check (char_length(region) between 1 and 100),
    postal_code text constraint address_postal_code_check check (char_length(postal_code) between 1 and 20),
    country_code text not null constraint address_country_code_check check (country_code ~ '^[A-Z]{2}$'),
    phone text constraint address_phone_check
        check (phone ~ '^\+[0-9]+(-[0-9]+)*(;ext=[0-9]{1,7})?(;region=[A-Z]{2})?(;unassigned)?$'),
    instructions text constraint address_instructions_check check (char_length(instructions) between 1 and 400),
    version bigint not null constraint address_version_check check (version > 0),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint address_customer_fkey foreign key (customer_id, customer_live)
        references address.customer_ref (customer_id, live),
    constraint address_address_id_customer_id_key unique (address_id, customer_id)
);

-- A customer's addresses, oldest first: ids rise with time.
create index address_customer_id_idx on address.address (customer_id, address_id);

create table address.address_use (
    address_id uuid not null,
    customer_id uuid not null,
    use text not null constraint address_use_use_check check (use in ('billing', 'shipping')),
    constraint address_use_pkey primary key (address_id, use),
    constraint address_use_address_id_use_customer_id_key unique (address_id, use, customer_id),
    constraint address_use_address_fkey foreign key (address_id, customer_id)
        references address.address (address_id, customer_id) on delete cascade
);

create index address_use_customer_id_idx on address.address_use (customer_id, use, address_id);

-- One default per use of a customer, by its key.
create table address.address_default (
    customer_id uuid not null,
    use text not null,
    address_id uuid not null,
    constraint address_default_pkey primary key (customer_id, use),
    constraint address_default_address_use_fkey foreign key (address_id, use, customer_id)
        references address.address_use (address_id, use, customer_id) on delete cascade
);

create index address_default_address_id_idx on address.address_default (address_id, use);
