create table identity.role (
    role_id text not null constraint role_pkey primary key
        constraint role_role_id_check check (role_id ~ '^[a-z][a-z0-9-]{0,62}$'),
    display_name text not null
        constraint role_display_name_check check (char_length(display_name) between 1 and 100),
    -- Names as in tokens: customer.read.
    permissions text[] not null constraint role_permissions_check check (array_position(permissions, null) is null),
    -- Whose customers the permissions hold for.
    scope text not null constraint role_scope_check check (scope in ('all', 'assigned'))
);

insert into identity.role (role_id, display_name, scope, permissions) values
    ('administrator', 'Administrator', 'all', '{
        customer.read, customer.create, customer.update, customer.delete, customer.approve, customer.disable,
        customer.assign_staff, customer.unlock, customer.send_reset, customer.merge, customer.import, customer.export,
        customer.erase, customer.delete_history, customer.impersonate,
        address.read, address.write, group.read, group.manage, group.assign, activity.read,
        note.write, record.write, document.write,
        staff.manage, role.manage, settings.manage, service_account.manage, audit.read}'),
    ('manager', 'Manager', 'all', '{
        customer.read, customer.create, customer.update, customer.delete, customer.approve, customer.disable,
        customer.assign_staff, customer.unlock, customer.send_reset, customer.merge, customer.import, customer.export,
        customer.impersonate,
        address.read, address.write, group.read, group.manage, group.assign, activity.read,
        note.write, record.write, document.write,
        audit.read}'),
    ('sales-rep', 'Sales rep', 'assigned', '{
        customer.read, customer.create, customer.update, customer.unlock, customer.send_reset, customer.impersonate,
        address.read, address.write, group.read, group.assign, activity.read,
        note.write, record.write, document.write}'),
    ('support', 'Support', 'all', '{
        customer.read, customer.create, customer.update, customer.unlock, customer.send_reset,
        address.read, address.write, group.read, activity.read,
        note.write, record.write, document.write}'),
    ('viewer', 'Viewer', 'all', '{customer.read, address.read, group.read, activity.read}');

create table identity.staff (
    staff_id uuid not null constraint staff_pkey primary key,
    username text not null,
    -- Case-folded form, made by the service: the same name typed otherwise is the same name.
    username_key text not null constraint staff_username_key_key unique,
    display_name text not null
        constraint staff_display_name_check check (char_length(display_name) between 1 and 100),
    email text not null,
    email_key text not null constraint staff_email_key_key unique,
    role_id text not null constraint staff_role_fkey references identity.role (role_id),
    disabled boolean not null default false,
    -- PHC string with the parameters it was made with.
    password_hash text not null constraint staff_password_hash_check check (password_hash like '$argon2id$%'),
    -- Set by someone else: good for nothing but to change it.
    password_temporary boolean not null,
    password_set_at timestamptz not null,
    -- Tokens with a lower one are refused.
    epoch bigint not null default 1 constraint staff_epoch_check check (epoch > 0),
    -- Version of the aggregate staff/{staff}.
    version bigint not null default 1 constraint staff_version_check check (version > 0),
    -- Version of the aggregate staff/{staff}/sessions.
    session_version bigint not null default 0 constraint staff_session_version_check check (session_version >= 0),
    last_sign_in_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null
)
-- Sign-ins rewrite the row without touching an index: with room on the page no index is written.
with (fillfactor = 80);

create index staff_role_id_idx on identity.staff (role_id);

create function identity.refuse_username_change() returns trigger language plpgsql as $$
begin
    if old.username is not null
        and (new.username is distinct from old.username or new.username_key is distinct from old.username_key) then
        raise exception 'a username never changes'
            using errcode = 'check_violation', constraint = tg_table_name || '_username_immutable_check';
    end if;
    return new;
end
$$;

create trigger staff_username_immutable before update of username, username_key on identity.staff
    for each row execute function identity.refuse_username_change();

-- Someone must be left who can manage staff.
create function identity.refuse_last_administrator_loss() returns trigger language plpgsql as $$
begin
    -- Two administrators who disable each other at once must not both find the other enabled.
    perform pg_advisory_xact_lock(hashtextextended('identity.staff.administrator', 0));
    if not exists (select from identity.staff where role_id = 'administrator' and not disabled) then
        raise exception 'the last administrator stays'
            using errcode = 'check_violation', constraint = 'staff_last_administrator_check';
    end if;
    return null;
end
$$;

create trigger staff_last_administrator after update of role_id, disabled on identity.staff
    for each row when (
        old.role_id = 'administrator' and not old.disabled and (new.role_id <> 'administrator' or new.disabled))
    execute function identity.refuse_last_administrator_loss();

create trigger staff_last_administrator_delete after delete on identity.staff
    for each row when (old.role_id = 'administrator' and not old.disabled)
    execute function identity.refuse_last_administrator_loss();
