-- Sagas are jobs of the queue: the payload is the plan.
alter table queue
    -- The customers whom a saga concerns; a merge has two.
    add column customers uuid[],
    -- The step from which a saga compensates, backwards; null while it goes forward.
    add column compensates_from integer,
    add constraint queue_customers_check check (cardinality(customers) between 1 and 100),
    add constraint queue_compensates_from_check check (compensates_from is null or compensates_from >= 0 and customers is not null);

create index queue_customers_idx on queue using gin (customers) where customers is not null;
