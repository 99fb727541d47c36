-- Whether the group required approval when the customer was put into it. Customers who are in it by now are not new.
alter table groups.membership add column approval_required boolean not null default false;
