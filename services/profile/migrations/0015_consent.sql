-- What customers say to each purpose now.
create table profile.consent (
    customer_id uuid not null
        constraint consent_customer_fkey references profile.customer (customer_id) on delete cascade,
    purpose text not null constraint consent_purpose_check check (purpose in ('newsletter_email')),
    state text not null
        constraint consent_state_check check (state in ('subscribed', 'unsubscribed', 'pending_confirmation')),
    -- Since when.
    state_at timestamptz not null,
    constraint consent_pkey primary key (customer_id, purpose)
);

-- The audience of each purpose, which its list follows.
create index consent_subscribed_idx on profile.consent (purpose, customer_id) where state = 'subscribed';

-- What they said and when: the evidence. Added to, never changed, gone with the customer.
create table profile.consent_record (
    customer_id uuid not null,
    number integer not null,
    purpose text not null,
    state text not null
        constraint consent_record_state_check check (state in ('subscribed', 'unsubscribed', 'pending_confirmation')),
    channel text not null
        constraint consent_record_channel_check
            check (channel in ('unknown', 'console', 'registration', 'point_of_sale', 'import', 'api')),
    source text constraint consent_record_source_check check (char_length(source) between 1 and 200),
    actor text not null constraint consent_record_actor_check check (char_length(actor) <= 109),
    actor_display_name text not null
        constraint consent_record_actor_display_name_check check (char_length(actor_display_name) <= 200),
    trace_id text not null constraint consent_record_trace_id_check check (char_length(trace_id) <= 32),
    recorded_at timestamptz not null,
    constraint consent_record_pkey primary key (customer_id, number),
    constraint consent_record_consent_fkey
        foreign key (customer_id, purpose) references profile.consent (customer_id, purpose) on delete cascade,
    -- Nobody is kept from leaving by how often they came and went.
    constraint consent_record_number_check
        check (number between 1 and 1000 or state = 'unsubscribed' and number between 1 and 1100)
);

create function profile.refuse_consent_record_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and not exists (select from profile.customer where customer_id = old.customer_id) then
        return old;
    end if;
    raise exception 'evidence is never changed'
        using errcode = 'check_violation', constraint = 'consent_record_immutable_check';
end
$$;

create trigger consent_record_immutable before update or delete on profile.consent_record
    for each row execute function profile.refuse_consent_record_change();

-- Of who subscribed before, nobody knows how and when.
insert into profile.consent (customer_id, purpose, state, state_at)
select customer_id, 'newsletter_email', 'subscribed', now() from profile.customer where newsletter;

insert into profile.consent_record
    (customer_id, number, purpose, state, channel, actor, actor_display_name, trace_id, recorded_at)
select customer_id, 1, purpose, state, 'unknown', '', '', '', state_at from profile.consent;

-- The field of the record and the consent say the same once a transaction is done.
create function profile.check_newsletter() returns trigger language plpgsql as $$
begin
    if exists (
        select from profile.customer
        where customer_id = new.customer_id and newsletter <> exists (
            select from profile.consent
            where consent.customer_id = customer.customer_id and purpose = 'newsletter_email' and state = 'subscribed')) then
        raise exception 'the newsletter of the record is not what the consent says'
            using errcode = 'check_violation', constraint = 'customer_newsletter_check';
    end if;
    return null;
end
$$;

create constraint trigger customer_newsletter_insert after insert on profile.customer
    deferrable initially deferred
    for each row when (new.newsletter) execute function profile.check_newsletter();

create constraint trigger customer_newsletter_update after update of newsletter on profile.customer
    deferrable initially deferred
    for each row when (new.newsletter <> old.newsletter) execute function profile.check_newsletter();

create constraint trigger consent_newsletter after insert or update of state on profile.consent
    deferrable initially deferred
    for each row execute function profile.check_newsletter();

-- That customers joined an audience, left it, or changed in it. A position is given afterwards, by one process at a time and only to
-- changes that are committed: whoever goes on from the last position passes over nothing. No foreign key: who was deleted has left.
create table profile.audience_change (
    place bigint not null generated always as identity constraint audience_change_pkey primary key,
    -- Null until it is given.
    position bigint constraint audience_change_position_check check (position > 0),
    purpose text not null,
    customer_id uuid not null,
    changed_at timestamptz not null,
    constraint audience_change_position_key unique (purpose, position)
);

create index audience_change_waiting_idx on profile.audience_change (place) where position is null;

-- The last position given, which stays when the changes themselves are removed.
create table profile.audience_position (
    last bigint not null constraint audience_position_last_check check (last >= 0),
    single boolean not null default true
        constraint audience_position_pkey primary key
        constraint audience_position_single_check check (single)
);

insert into profile.audience_position (last) values (0);
