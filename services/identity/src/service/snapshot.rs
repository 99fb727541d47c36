use crate::store;
use patron_chassis::{peer::Peer, pg::Database};
use patron_ledger::snapshot::{AggregateSnapshot, Snapshots};
use sqlx::types::Uuid;

/// Lists the accounts of customers.
pub struct AccountSnapshots;

#[tonic::async_trait]
impl Snapshots for AccountSnapshots {
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
