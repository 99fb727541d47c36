-- What an operation does more closely, and with which resource: for whoever follows it.
alter table operation
    add column action text not null default '' constraint operation_action_check check (char_length(action) <= 50),
    add column target text not null default '' constraint operation_target_check check (char_length(target) <= 100);
-- What somebody has under way, however much they had before.
create index operation_under_way_idx on operation (started_by, kind) where ended_at is null;
