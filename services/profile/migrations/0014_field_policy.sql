-- What is asked of customers, of which there is one. Version 0 is what stands here before anybody has changed it.
create table profile.field_policy (
    singleton boolean not null default true
        constraint field_policy_pkey primary key
        constraint field_policy_singleton_check check (singleton),
    version bigint not null constraint field_policy_version_check check (version >= 0),
    updated_at timestamptz not null
);

insert into profile.field_policy (version, updated_at) values (0, now());

-- The rules that are not as they are where nobody has said anything.
create table profile.field_rule (
    field text not null
        constraint field_rule_pkey primary key
        constraint field_rule_field_check check (field in (
            'title', 'first_name', 'middle_name', 'last_name', 'email', 'primary_phone', 'secondary_phone',
            'personal_phone', 'work_phone', 'mobile_phone', 'fax', 'company', 'department', 'job_title', 'account_type',
            'preferred_language', 'time_zone', 'birth_date', 'tax_number', 'source', 'newsletter', 'assigned_staff',
            'address', 'group')),
    console text not null constraint field_rule_console_check check (console in ('off', 'optional', 'required')),
    registration text not null
        constraint field_rule_registration_check check (registration in ('off', 'optional', 'required')),
    point_of_sale text not null
        constraint field_rule_point_of_sale_check check (point_of_sale in ('off', 'optional', 'required')),
    import text not null constraint field_rule_import_check check (import in ('off', 'optional', 'required')),
    pattern text constraint field_rule_pattern_check check (
        pattern is null
        or octet_length(pattern) between 1 and 200
        and field in ('title', 'first_name', 'middle_name', 'last_name', 'email', 'company', 'department', 'job_title',
            'tax_number', 'source')),
    hint text constraint field_rule_hint_check check (char_length(hint) between 1 and 200),
    constraint field_rule_hint_needed_check check ((pattern is null) = (hint is null)),
    constraint field_rule_newsletter_check check (
        field <> 'newsletter' or 'required' not in (console, registration, point_of_sale, import))
);

-- Who is found by a company alone, or has no email, is a customer too.
alter table profile.customer
    alter column first_name drop not null,
    alter column last_name drop not null,
    alter column email drop not null,
    add constraint customer_name_check check (num_nonnulls(first_name, last_name, company, email) > 0),
    add constraint customer_email_key_check check ((email is null) = (email_key = '')),
    add column channel text
        constraint customer_channel_check check (channel in ('console', 'registration', 'point_of_sale', 'import')),
    drop constraint customer_email_key_key;

-- One index for both: emails are unique, and who has none stands before all others, in the order of the ids.
create unique index customer_email_key_key on profile.customer
    (email_key, (case when email_key = '' then customer_id end)) nulls not distinct;

drop index profile.customer_last_name_idx;
create index customer_last_name_idx on profile.customer (coalesce(last_name, ''), customer_id);

drop index profile.customer_first_name_idx;
create index customer_first_name_idx on profile.customer (coalesce(first_name, ''), customer_id);
