-- Which staff look at which customer just now. Unlogged: a crash forgets it, and a few seconds later it is known again.
create unlogged table activity.presence (
    customer_id uuid not null,
    staff_id uuid not null,
    display_name text not null constraint presence_display_name_check check (char_length(display_name) <= 200),
    seen_at timestamptz not null,
    constraint presence_pkey primary key (customer_id, staff_id)
)
-- Looking on rewrites the row without touching the index: with room on the page that is not written.
with (fillfactor = 50);
