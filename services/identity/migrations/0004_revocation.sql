-- Revocations are read in pages: in the order of their transactions, and of their ids within one.
drop index identity.revocation_transaction_id_idx;

create index revocation_transaction_id_idx on identity.revocation (transaction_id, revocation_id);

-- Tokens that carry a lower epoch of their role are refused.
alter table identity.role add column epoch bigint not null default 1 constraint role_epoch_check check (epoch > 0);

alter table identity.revocation
    add column role_id text constraint revocation_role_fkey references identity.role (role_id) on delete cascade,
    drop constraint revocation_concerned_check,
    add constraint revocation_concerned_check check (num_nonnulls(session_id, staff_id, customer_id, role_id) = 1);

-- Whoever changes what a role allows revokes with it, by one row, the tokens of all who have it.
create function identity.raise_role_epoch() returns trigger language plpgsql as $$
begin
    new.epoch := old.epoch + 1;
    insert into identity.revocation (role_id, epoch, expires_at)
        -- the life of a token, and a minute for clocks that differ
        values (new.role_id, new.epoch, now() + interval '6 minutes');
    return new;
end
$$;

create trigger role_epoch before update of permissions, scope on identity.role
    for each row when (new.permissions is distinct from old.permissions or new.scope is distinct from old.scope)
    execute function identity.raise_role_epoch();

create or replace view identity.session_user as
select
    session_id, session.staff_id, session.customer_id, session.created_at, last_used_at, expires_at,
    coalesce(staff.epoch, account.epoch) as epoch,
    staff.display_name,
    role.permissions,
    role.scope,
    coalesce(staff.password_temporary, account.password_temporary) as password_temporary,
    coalesce(not staff.disabled, account.status = 'active' and customer_ref.state = 'active') as may_sign_in,
    role.role_id,
    role.epoch as role_epoch
from identity.session
left join identity.staff on staff.staff_id = session.staff_id
left join identity.role on role.role_id = staff.role_id
left join identity.account on account.customer_id = session.customer_id
left join identity.customer_ref on customer_ref.customer_id = session.customer_id;
