//! What is published of a customer.

use crate::{
    customer::{Customer, reference},
    operations::History,
    participants::ParticipantData,
    store::tombstone::Tombstone,
};
use patron_chassis::peer::Peer;
use patron_ledger::{change::Resource as _, inbox::ConsistencyToken, outbox::NewEvent};
use patron_proto::{
    event::v1::{CustomerReference, customer_reference::State, event::Snapshot},
    profile::v1 as proto,
};
use patron_values::diff::diff;

/// Who keeps rows about customers: identity, which keeps a copy of their email, and others, who do without.
const REFERRING: &[Peer] = &[Peer::IDENTITY, Peer::ADDRESS, Peer::GROUP, Peer::ACTIVITY];
const WITH_EMAIL: (&[Peer], &[Peer]) = REFERRING.split_at(1);

/// The history of a change of the record, from `old` to `new`; one of them may be missing.
pub fn history(
    kind: &'static str,
    old: Option<&Customer>,
    new: Option<&Customer>,
    version: i64,
) -> Option<NewEvent> {
    let customer = new.or(old)?.id;
    Some(NewEvent {
        aggregate: customer.resource_name(),
        version,
        kind,
        customer: Some(customer),
        resource: customer.resource_name(),
        changes: diff(old.map(proto::Customer::from).as_ref(), new.map(proto::Customer::from).as_ref()),
        snapshot: None,
        subscribers: &[Peer::ACTIVITY],
    })
}

/// The history of the end of a customer. Where history goes too, it says the number alone, by which the receipt is found.
pub fn deleted(customer: &Customer, history: History) -> Option<NewEvent> {
    let [.., deleted] = Customer::EVENTS;
    let mut event = self::history(deleted, Some(customer), None, customer.version + 1)?;
    if history == History::Delete {
        event.changes.retain(|change| change.field == "number");
    }
    Some(event)
}

/// The reference of a customer as it is now. Identity alone gets the email, of which it keeps a copy for sign-in.
pub fn references(customer: &Customer) -> [NewEvent; 2] {
    [
        reference_event(reference(customer, false), customer, WITH_EMAIL.1),
        reference_event(reference(customer, true), customer, WITH_EMAIL.0),
    ]
}

/// That a customer is no more.
pub fn end(tombstone: Tombstone) -> NewEvent {
    let name = tombstone.customer.resource_name();
    NewEvent {
        aggregate: format!("{name}/reference"),
        version: tombstone.reference_version,
        kind: "reference.updated",
        customer: Some(tombstone.customer),
        resource: name,
        changes: Vec::new(),
        snapshot: Some(Snapshot::Reference(ended(tombstone))),
        subscribers: REFERRING,
    }
}

/// The reference of a customer who is no more.
pub fn ended(tombstone: Tombstone) -> CustomerReference {
    CustomerReference {
        customer: tombstone.customer.resource_name(),
        state: State::Deleted.into(),
        version: tombstone.reference_version,
        delete_history: tombstone.delete_history,
        ..CustomerReference::default()
    }
}

/// Where a customer stands who was just created: the record, the reference, and what participants made from it.
pub fn consistency_tokens(customer: &Customer, parts: &ParticipantData) -> Vec<ConsistencyToken> {
    let name = customer.id.resource_name();
    // One version for each thing made.
    let made = |source, aggregate, count: usize| ConsistencyToken {
        source,
        aggregate: format!("{name}/{aggregate}"),
        version: i64::try_from(count).unwrap_or(i64::MAX),
    };
    let tokens = [
        ConsistencyToken { source: Peer::PROFILE, aggregate: name.clone(), version: customer.version },
        ConsistencyToken { version: customer.reference_version, ..made(Peer::PROFILE, "reference", 0) },
        made(Peer::IDENTITY, "account", usize::from(parts.account.is_some())),
        made(Peer::ADDRESS, "addresses", parts.addresses.len()),
        made(Peer::GROUP, "memberships", parts.groups.len()),
    ];
    tokens.into_iter().filter(|token| token.version > 0).collect()
}

/// As many as a reply carries of those of many customers, given in the order of their creation. Kept are those of the latest customers,
/// since events arrive about in the order in which they were written, and first what other services publish, for which lists wait.
pub fn consistency_tokens_of_batch(
    all: impl DoubleEndedIterator<Item = ConsistencyToken>,
) -> Vec<ConsistencyToken> {
    let mut tokens: Vec<_> = all.rev().collect();
    tokens.sort_by_key(|token| token.source == Peer::PROFILE);
    tokens.truncate(ConsistencyToken::MOST);
    // A client that keeps fewer keeps the last.
    tokens.reverse();
    tokens
}

fn reference_event(
    reference: CustomerReference,
    customer: &Customer,
    subscribers: &'static [Peer],
) -> NewEvent {
    NewEvent {
        aggregate: format!("{}/reference", customer.id.resource_name()),
        version: customer.reference_version,
        kind: "reference.updated",
        customer: Some(customer.id),
        resource: customer.id.resource_name(),
        changes: Vec::new(),
        snapshot: Some(Snapshot::Reference(reference)),
        subscribers,
    }
}
