-- Roles that people make beside those that every Patron has.
alter table identity.role
    drop constraint role_role_id_check,
    add column built_in boolean not null default true,
    -- Case-folded form, made by the service: no two roles share a name.
    add column display_name_key text,
    add column description text
        constraint role_description_check check (char_length(description) between 1 and 400),
    add column version bigint not null default 1 constraint role_version_check check (version > 0),
    add column created_at timestamptz not null default now(),
    add column updated_at timestamptz not null default now();

update identity.role set display_name_key = lower(display_name);

alter table identity.role
    alter column built_in drop default,
    alter column display_name_key set not null,
    alter column version drop default,
    alter column created_at drop default,
    alter column updated_at drop default,
    add constraint role_display_name_key_key unique (display_name_key),
    add constraint role_role_id_check check (
        case when built_in then role_id ~ '^[a-z][a-z0-9-]{0,62}$'
            else role_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' end),
    add constraint role_permissions_count_check check (cardinality(permissions) between 1 and 64);

-- Migrations, which run as the owner, change those that every Patron has. The service does not.
alter table identity.role enable row level security;

create policy role_select on identity.role for select using (true);

create policy role_insert on identity.role for insert with check (not built_in);

create policy role_update on identity.role for update using (not built_in) with check (not built_in);

create policy role_delete on identity.role for delete using (not built_in);

-- As many as one page of a list shows.
create function identity.refuse_too_many_roles() returns trigger language plpgsql as $$
begin
    -- Two that come at once must not both find the last place.
    perform pg_advisory_xact_lock(hashtextextended('identity.role', 0));
    if (select count(*) from identity.role) > 100 then
        raise exception 'there are as many roles as there can be'
            using errcode = 'check_violation', constraint = 'role_count_check';
    end if;
    return null;
end
$$;

create trigger role_count after insert on identity.role
    for each row execute function identity.refuse_too_many_roles();
