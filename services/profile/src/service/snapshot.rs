use crate::store;
use patron_chassis::{peer::Peer, pg::Database};
use patron_ledger::snapshot::{AggregateSnapshot, Snapshots};
use uuid::Uuid;

/// Lists the references of customers.
pub struct ReferenceSnapshots;

#[tonic::async_trait]
impl Snapshots for ReferenceSnapshots {
    const SUBSCRIBERS: &'static [Peer] = &[Peer::IDENTITY, Peer::ADDRESS, Peer::GROUP, Peer::ACTIVITY];

    async fn list(
        &self,
        database: &Database,
        subscriber: Peer,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<AggregateSnapshot>, sqlx::Error> {
        // Identity alone keeps a copy of the email, for sign-in.
        store::snapshot::list(database, subscriber == Peer::IDENTITY, after, limit).await
    }
}
