use crate::{
    customer::{AccountSummary, AddressSummary, Memberships},
    store::projection,
};
use patron_chassis::{peer::Peer, pg::Transaction};
use patron_ledger::inbox::Consumer;
use patron_proto::event::v1::{Event, event::Snapshot};
use patron_values::{id::CustomerId, time_of};
use std::collections::BTreeMap;

/// Takes what other services publish of customers into the projection that lists are filtered by.
pub struct ProjectionConsumer;

#[tonic::async_trait]
impl Consumer for ProjectionConsumer {
    const SOURCES: &'static [Peer] = &[Peer::IDENTITY, Peer::ADDRESS, Peer::GROUP];

    fn consumes(source: Peer, aggregate: &str) -> bool {
        match source {
            Peer::IDENTITY => aggregate.ends_with("/account") || aggregate.ends_with("/sign_in"),
            Peer::ADDRESS => aggregate.ends_with("/addresses"),
            Peer::GROUP => aggregate.ends_with("/memberships"),
            _ => false,
        }
    }

    /// Of several events about a customer the last one counts: each says all there is. What different services publish at the
    /// same time is written in one order of customers, so that none waits for another that waits for it.
    async fn apply(&self, transaction: &mut Transaction, events: &[Event]) -> anyhow::Result<()> {
        let (mut accounts, mut memberships) = (BTreeMap::new(), BTreeMap::new());
        let (mut addresses, mut sign_ins) = (BTreeMap::new(), BTreeMap::new());
        for event in events {
            let Ok(customer) = CustomerId::parse(&event.customer) else { continue };
            match &event.snapshot {
                Some(Snapshot::Account(account)) => {
                    accounts.insert(customer, AccountSummary::from(account));
                }
                Some(Snapshot::Memberships(kept)) => {
                    memberships.insert(customer, Memberships::try_from(kept)?);
                }
                Some(Snapshot::Addresses(kept)) => {
                    addresses.insert(customer, AddressSummary::from(kept));
                }
                Some(Snapshot::SignIn(sign_in)) => {
                    sign_ins.insert(customer, sign_in.last_sign_in_time.as_ref().and_then(time_of));
                }
                Some(Snapshot::Reference(_)) | None => {}
            }
        }
        projection::update_accounts(transaction, &accounts).await?;
        projection::update_memberships(transaction, &memberships).await?;
        projection::update_addresses(transaction, &addresses).await?;
        Ok(projection::update_sign_ins(transaction, &sign_ins).await?)
    }
}
