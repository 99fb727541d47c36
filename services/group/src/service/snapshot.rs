use crate::store;
use patron_chassis::{peer::Peer, pg::Database};
use patron_ledger::snapshot::{AggregateSnapshot, Snapshots};
use uuid::Uuid;

/// Lists the groups of customers.
pub struct MembershipSnapshots;

#[tonic::async_trait]
impl Snapshots for MembershipSnapshots {
    const SUBSCRIBERS: &'static [Peer] = &[Peer::PROFILE, Peer::IDENTITY];

    async fn list(
        &self,
        database: &Database,
        _subscriber: Peer,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<AggregateSnapshot>, sqlx::Error> {
        store::snapshot::list(database, after, limit).await
    }
}
