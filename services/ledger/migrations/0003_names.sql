-- Outbox and inbox by the words of the field.

alter table outbox rename column held_for to staged_for;
alter index outbox_held_for_idx rename to outbox_staged_for_idx;

alter table applied rename to inbox;
alter table inbox rename constraint applied_version_check to inbox_version_check;
alter table inbox rename constraint applied_pkey to inbox_pkey;
