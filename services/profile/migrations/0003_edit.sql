-- Which fields each version changed is kept for every resource alike, beside the outbox.
insert into profile.resource_edit (resource_id, version, fields, actor, edited_at)
select customer_id, version, fields, actor, edited_at from profile.edit
on conflict do nothing;

drop table profile.edit;
