-- A customer who is being deleted: no row is written for it any more, and those there are stay until the end.
alter table customer_ref drop constraint customer_ref_state_check;
alter table customer_ref
    add constraint customer_ref_state_check check (state in ('pending', 'active', 'deleting', 'deleted'));
