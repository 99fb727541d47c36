-- Who does it: whoever began it last, or went on with it. One that has lost its lease meanwhile changes nothing any more.
alter table operation add column worker uuid;
