use crate::store;
use patron_chassis::{peer::Peer, pg::Database};
use patron_ledger::snapshot::{AggregateSnapshot, Snapshots};
use uuid::Uuid;

/// Lists what customers are found by of their addresses.
pub struct AddressSnapshots;

#[tonic::async_trait]
impl Snapshots for AddressSnapshots {
    const SUBSCRIBERS: &'static [Peer] = &[Peer::PROFILE];

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
