-- Whether what happened to the customer went too, which consumers that are filled again are told.
alter table profile.tombstone add column delete_history boolean not null default false;
