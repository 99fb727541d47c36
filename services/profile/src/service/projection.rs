use crate::{
    customer::Status,
    store::projection::{self, Memberships, Place},
};
use patron_chassis::{peer::Peer, pg::Transaction};
use patron_ledger::inbox::Consumer;
use patron_proto::event::v1::{Event, event::Snapshot};
use patron_values::id::{CustomerId, GroupId};
use std::collections::BTreeMap;

/// Takes what other services publish of customers into the projection that lists are filtered by.
pub struct ProjectionConsumer;

#[tonic::async_trait]
impl Consumer for ProjectionConsumer {
    const SOURCES: &'static [Peer] = &[Peer::IDENTITY, Peer::ADDRESS, Peer::GROUP];

    fn consumes(source: Peer, aggregate: &str) -> bool {
        match source {
            Peer::IDENTITY => aggregate.ends_with("/account"),
            Peer::ADDRESS => aggregate.ends_with("/addresses"),
            Peer::GROUP => aggregate.ends_with("/memberships"),
            _ => false,
        }
    }

    /// Of several events about a customer the last one counts: each says all there is. What different services publish at the
    /// same time is written in one order of customers, so that none waits for another that waits for it.
    async fn apply(&self, transaction: &mut Transaction, events: &[Event]) -> anyhow::Result<()> {
        let (mut places, mut memberships, mut statuses) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for event in events {
            let Ok(customer) = CustomerId::parse(&event.customer) else { continue };
            match &event.snapshot {
                Some(Snapshot::Addresses(place)) => {
                    places.insert(customer, Place { city: &place.city, country_code: &place.country_code });
                }
                Some(Snapshot::Memberships(kept)) => {
                    let groups =
                        kept.groups.iter().map(|name| GroupId::parse(name)).collect::<Result<Vec<_>, _>>()?;
                    let primary = GroupId::parse(&kept.primary_group).ok();
                    memberships.insert(customer, Memberships { groups, primary });
                }
                Some(Snapshot::Account(account)) => {
                    statuses.insert(customer, status(&account.status));
                }
                Some(Snapshot::Reference(_)) | None => {}
            }
        }
        projection::update_places(transaction, &places).await?;
        projection::update_memberships(transaction, &memberships).await?;
        Ok(projection::update_statuses(transaction, &statuses).await?)
    }
}

/// A status that this build does not know yet is taken for one that keeps from signing in.
fn status(name: &str) -> Status {
    match name {
        "ACTIVE" => Status::Active,
        "PENDING_VERIFICATION" => Status::PendingVerification,
        "PENDING_APPROVAL" => Status::PendingApproval,
        _ => Status::Disabled,
    }
}
