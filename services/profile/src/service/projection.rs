use crate::{customer::Status, store};
use patron_chassis::{
    consumer::Consumer,
    peer::Peer,
    pg::Transaction,
    value::id::{CustomerId, GroupId},
};
use patron_proto::event::v1::{Event, event::Snapshot};

/// Takes what other services tell of customers into the projection that lists are filtered by.
pub struct ProjectionConsumer;

#[tonic::async_trait]
impl Consumer for ProjectionConsumer {
    const SOURCES: &'static [Peer] = &[Peer::Identity, Peer::Address, Peer::Group];

    async fn apply(&self, transaction: &mut Transaction, events: &[Event]) -> anyhow::Result<()> {
        for event in events {
            let Ok(customer) = CustomerId::parse(&event.customer) else { continue };
            match &event.snapshot {
                Some(Snapshot::Addresses(place)) => {
                    store::projection::update_place(transaction, customer, &place.city, &place.country_code)
                        .await?;
                }
                Some(Snapshot::Memberships(told)) => {
                    let groups =
                        told.groups.iter().map(|name| GroupId::parse(name)).collect::<Result<Vec<_>, _>>()?;
                    let primary = GroupId::parse(&told.primary_group).ok();
                    store::projection::update_groups(transaction, customer, &groups, primary).await?;
                }
                Some(Snapshot::Account(account)) => {
                    store::projection::update_status(transaction, customer, status(&account.status)).await?;
                }
                Some(Snapshot::Reference(_)) | None => {}
            }
        }
        Ok(())
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
