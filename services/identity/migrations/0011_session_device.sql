-- With what a user signed in, and from where: for the user, who ends what is not theirs. They go with the session.
alter table identity.session
    add column client text constraint session_client_check check (char_length(client) between 1 and 60),
    add column system text constraint session_system_check check (char_length(system) between 1 and 60),
    -- A network and no address: where somebody lives is nobody's business.
    add column network cidr constraint session_network_check check (
        masklen(network) = case family(network) when 4 then 24 else 48 end);

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
    role.epoch as role_epoch,
    session.client,
    session.system,
    session.network
from identity.session
left join identity.staff on staff.staff_id = session.staff_id
left join identity.role on role.role_id = staff.role_id
left join identity.account on account.customer_id = session.customer_id
left join identity.customer_ref on customer_ref.customer_id = session.customer_id;
