-- Which fields each version of a resource changed and by whom: tells someone with an old etag what they would overwrite.
create table resource_edit (
    resource_id uuid not null,
    version bigint not null constraint resource_edit_version_check check (version > 0),
    fields text[] not null constraint resource_edit_fields_check check (cardinality(fields) > 0),
    actor text not null,
    edited_at timestamptz not null,
    constraint resource_edit_pkey primary key (resource_id, version)
);

-- Old edits are removed by it.
create index resource_edit_edited_at_idx on resource_edit (edited_at);
