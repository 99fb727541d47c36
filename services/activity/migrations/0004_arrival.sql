-- In which order events came to be kept, which is the order of streams. A position is given afterwards, by one process at a time and
-- only to events whose transactions are committed: whoever goes on from the last position passes over nothing, and no transaction
-- that is open, here or elsewhere, holds anything back.
--
-- Written together with the event, never without it. A foreign key would look each event up again.
create table activity.arrival (
    event_id uuid not null constraint arrival_pkey primary key,
    -- Rises within a transaction, and from one change of an aggregate to the next.
    place bigint not null generated always as identity,
    -- Null until it is given.
    position bigint constraint arrival_position_check check (position > 0),
    constraint arrival_position_key unique (position)
);
create index arrival_place_idx on activity.arrival (place) where position is null;

insert into activity.arrival (event_id, position)
select event_id, row_number() over (order by recorded_by, recorded_id) from activity.activity_event;

-- Until now the order was that of transactions.
alter table activity.activity_event drop column recorded_by, drop column recorded_id;
