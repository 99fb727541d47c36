use super::approval;
use crate::{session::forgotten_at, store, store::reference::Claim, username::Keys};
use patron_chassis::{clock::Clock, peer::Peer, pg::Transaction};
use patron_ledger::{inbox::Consumer, reference};
use patron_proto::event::v1::{CustomerReference, Event, customer_reference::State, event::Snapshot};
use patron_values::{email::Email, id::CustomerId};
use std::collections::HashMap;
use time::OffsetDateTime;

/// Applies what profile publishes of customers: a new email; a deletion under way, from which on nobody signs in; a deletion that is done,
/// with which the account goes. These writes are profile's changes and no caller's: the inbox makes them, in the order of the events, and
/// the ledger's changes have no part in them. Of group it takes which groups ask for approval of whom: see `approval.rs`.
#[derive(Debug)]
pub struct CustomerEvents {
    /// What time it is.
    pub clock: Clock,
    /// Keys that hash the usernames of deleted customers.
    pub usernames: Keys,
}

#[tonic::async_trait]
impl Consumer for CustomerEvents {
    const SOURCES: &'static [Peer] = &[Peer::PROFILE, Peer::GROUP];

    fn consumes(source: Peer, aggregate: &str) -> bool {
        reference::is_sent(source, aggregate)
            || (source == Peer::GROUP && aggregate.ends_with("/memberships"))
    }

    async fn apply(&self, transaction: &mut Transaction, events: &[Event]) -> anyhow::Result<()> {
        approval::apply(transaction, events).await?;
        let claims = claims(events);
        if claims.is_empty() {
            return Ok(());
        }
        let customers: Vec<_> = claims.iter().map(|claim| claim.customer).collect();
        reference::lock_known(transaction, &customers).await?;
        store::reference::update_emails(transaction, &claims).await?;
        let forgotten_at = forgotten_at(self.clock.now());
        let deleting = reference::customers_in(events, State::Deleting);
        store::reference::revoke_accounts(transaction, &deleting, forgotten_at).await?;
        let mut ended = reference::lock_ended(transaction, events).await?;
        store::approval::delete_groups(&mut ended).await?;
        let names = store::reference::delete_accounts(&mut ended, forgotten_at).await?;
        let hashes: Vec<_> = names.iter().map(|name| self.usernames.hash(name)).collect();
        store::username::retire(transaction, &hashes).await?;
        reference::apply(transaction, events).await
    }
}

/// The last email that the events give each customer.
fn claims(events: &[Event]) -> Vec<Claim> {
    let mut claims: HashMap<CustomerId, Claim> = HashMap::new();
    for event in events {
        if let Some(Snapshot::Reference(reference)) = &event.snapshot
            && let Ok(customer) = CustomerId::parse(&reference.customer)
        {
            claims.insert(customer, Claim { customer, email: email_in(reference), at: time_of(event) });
        }
    }
    claims.into_values().collect()
}

fn time_of(event: &Event) -> OffsetDateTime {
    let time = event.time.unwrap_or_default();
    let nanos = i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanos);
    OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// The email in a reference. One that this service cannot read is good for no sign-in.
pub(crate) fn email_in(reference: &CustomerReference) -> Option<Email> {
    Email::parse(&reference.email).ok()
}
