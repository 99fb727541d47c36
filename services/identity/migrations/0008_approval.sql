-- Whether a member of staff must approve the customer, and what was decided.
alter table identity.account
    add column approval text not null default 'not_needed'
        constraint account_approval_check check (approval in ('not_needed', 'needed', 'approved', 'declined')),
    -- Why the account is disabled, where whoever did it said so.
    add column status_reason text
        constraint account_status_reason_check
            check (status_reason is null or (status = 'disabled' and char_length(status_reason) between 1 and 400)),
    add column waiting_since timestamptz;

update identity.account set approval = 'needed', waiting_since = updated_at where status = 'pending_approval';

alter table identity.account
    add constraint account_waiting_since_check check ((waiting_since is not null) = (status = 'pending_approval')),
    -- Who must be approved is not active before, and who was declined is not active after.
    add constraint account_standing_check check (
        case status
            when 'active' then approval in ('not_needed', 'approved')
            when 'pending_approval' then approval = 'needed'
            when 'pending_verification' then approval <> 'declined'
            else true
        end);

-- The accounts that wait, the longest first.
create index account_waiting_since_idx on identity.account (waiting_since, customer_id) where waiting_since is not null;

-- What no move leads to, whoever makes it. The others stand in `account/standing.rs`.
create function identity.refuse_account_move() returns trigger language plpgsql as $$
begin
    if (old.revoked and not new.revoked)
        or (new.status = 'pending_verification' and old.status <> 'pending_verification')
        or (new.approval = 'not_needed' and old.approval <> 'not_needed')
        or (new.approval = 'needed' and old.approval in ('approved', 'declined')) then
        raise exception 'an account does not move so'
            using errcode = 'check_violation', constraint = 'account_move_check';
    end if;
    return new;
end
$$;

create trigger account_move before update of status, approval, revoked on identity.account
    for each row execute function identity.refuse_account_move();

-- Groups that required approval of a customer when it was put into them, as group says: of customers without an account too.
create table identity.approval_group (
    customer_id uuid not null,
    -- Always true: together with customer_id it refers to a customer who is not deleted.
    customer_live boolean not null default true constraint approval_group_customer_live_check check (customer_live),
    group_id uuid not null,
    constraint approval_group_pkey primary key (customer_id, group_id),
    constraint approval_group_customer_fkey foreign key (customer_id, customer_live)
        references identity.customer_ref (customer_id, live)
);
