-- Some countries are a city, or have none in their addresses.
alter table address.address alter column city drop not null;

-- Why the address may break rules of its country.
alter table address.address add column rule_exception text
    constraint address_rule_exception_check check (char_length(rule_exception) between 1 and 200);
