-- Values of changes are proto-JSON, and missing where a field has none. Rows kept before keep their text.
alter table activity.activity_event
    drop constraint activity_event_changes_check,
    add constraint activity_event_changes_check check (
        jsonb_path_query_array(changes, 'strict $[*] ? (@.field.type() == "string")', silent => true) = changes),
    -- Version of the aggregate after the change. Null in rows kept before.
    add column version bigint constraint activity_event_version_check check (version > 0);
