-- A customer becomes active right after it was written, which would write every index anew whose condition names the state.
-- Without such conditions the change stays within the row's page, for which pages keep room. What is not active is little:
-- creations under way and deletions.
alter table profile.customer set (fillfactor = 85);

drop index profile.customer_created_at_idx;
create index customer_created_at_idx on profile.customer (created_at, customer_id);

drop index profile.customer_last_name_idx;
create index customer_last_name_idx on profile.customer (last_name, customer_id);

drop index profile.customer_first_name_idx;
create index customer_first_name_idx on profile.customer (first_name, customer_id);

drop index profile.customer_company_idx;
create index customer_company_idx on profile.customer (coalesce(company, ''), customer_id);
