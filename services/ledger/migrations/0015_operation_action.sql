-- What an operation does more closely, and with which resource: for whoever follows it.
alter table operation
    add column action text not null default '' constraint operation_action_check check (char_length(action) <= 50),
    add column target text not null default '' constraint operation_target_check check (char_length(target) <= 100);
