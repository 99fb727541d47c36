-- Customers who were deleted, as the event of the deletion showed them: history is found by them.
create table activity.deleted_customer (
    customer_id uuid not null constraint deleted_customer_pkey primary key,
    number text constraint deleted_customer_number_check check (char_length(number) between 1 and 40),
    -- Null where the history was deleted too.
    display_name text
        constraint deleted_customer_display_name_check check (char_length(display_name) between 1 and 250),
    -- What is searched: every word with one space before it, without case and accents.
    search_text text not null
        constraint deleted_customer_search_text_check check (octet_length(search_text) <= 8192),
    deleted_at timestamptz not null,
    actor text constraint deleted_customer_actor_check check (char_length(actor) between 1 and 109),
    actor_display_name text constraint deleted_customer_actor_display_name_check
        check (char_length(actor_display_name) between 1 and 200),
    origin text constraint deleted_customer_origin_check check (char_length(origin) between 1 and 100),
    trace_id uuid
);
-- Lists read it backwards, the last deleted first.
create index deleted_customer_deleted_at_idx on activity.deleted_customer (deleted_at, customer_id);
create index deleted_customer_search_text_idx on activity.deleted_customer using gin (search_text public.gin_trgm_ops);

insert into activity.deleted_customer
    (customer_id, number, display_name, search_text, deleted_at, actor, actor_display_name, origin, trace_id)
select distinct on (customer_id) customer_id, nullif(known.number, ''),
    nullif(left(btrim(concat_ws(' ', known.first_name, known.last_name)), 250), ''),
    ' ' || left(lower(regexp_replace(normalize(
        concat_ws(' ', known.number, known.first_name, known.last_name, known.email, known.company), nfkd),
        '[\u0300-\u036f]', '', 'g')), 2000),
    event_time, actor, actor_display_name, origin, trace_id
from activity.activity_event cross join lateral (
    select max(change ->> 'old') filter (where change ->> 'field' = 'number') as number,
        max(change ->> 'old') filter (where change ->> 'field' = 'first_name') as first_name,
        max(change ->> 'old') filter (where change ->> 'field' = 'last_name') as last_name,
        max(change ->> 'old') filter (where change ->> 'field' = 'email') as email,
        max(change ->> 'old') filter (where change ->> 'field' = 'company') as company
    from jsonb_array_elements(changes) as change) as known
where type = 'customer.deleted' and customer_id is not null
order by customer_id, event_time desc;

-- Customers whose history goes too. From the row on nothing more is kept of them; it stays, so that late events are known.
create table activity.history_deletion (
    customer_id uuid not null constraint history_deletion_pkey primary key,
    -- Events that were deleted.
    event_count bigint not null default 0 constraint history_deletion_event_count_check check (event_count >= 0),
    -- When the last of them was; null while there may be more.
    ended_at timestamptz
);

-- Deletes events of a customer who was deleted with the history, at most so many, and counts them. The service may delete no event
-- by any other way; neither can it change the count, nor take a row back that lets it delete.
create function activity.delete_history(customer uuid, most integer) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    deleted integer;
begin
    perform from activity.history_deletion
    where customer_id = customer and ended_at is null
        and exists (select from activity.customer_ref where customer_id = customer and state = 'deleted')
    for update;
    if not found then
        if exists (select from activity.history_deletion where customer_id = customer and ended_at is not null) then
            return 0;
        end if;
        raise exception 'this history is not to be deleted' using errcode = 'insufficient_privilege';
    end if;
    delete from activity.activity_event
    where event_id in (select event_id from activity.activity_event where customer_id = customer limit most);
    get diagnostics deleted = row_count;
    update activity.history_deletion set event_count = event_count + deleted where customer_id = customer;
    return deleted;
end
$$;
revoke all on function activity.delete_history (uuid, integer) from public;
