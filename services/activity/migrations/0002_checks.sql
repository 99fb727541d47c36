-- The same as before by the length and the kinds of characters: counting repetitions in an expression took longer than writing the
-- row.
alter table activity.activity_event
    drop constraint activity_event_actor_check,
    drop constraint activity_event_type_check,
    add constraint activity_event_actor_check check (
        actor ~ '^(staff|customers)/[0-9a-f-]+$' and char_length(split_part(actor, '/', 2)) = 36
        or actor ~ '^services/[A-Za-z0-9_-]+$' and char_length(actor) <= 109),
    add constraint activity_event_type_check check (type ~ '^[a-z_]+\.[a-z_]+$' and char_length(type) <= 81);
