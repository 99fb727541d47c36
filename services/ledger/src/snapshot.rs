//! Snapshots of what a service publishes, by which a consumer of its events is filled: one that comes late, one that is rebuilt, and
//! one that was restored from an older backup.

use patron_chassis::{clock::Clock, peer::Peer, pg::Database, principal::Principal, status::Problem};
use patron_proto::event::{
    internal::v1::{ListSnapshotsRequest, ListSnapshotsResponse, snapshot_service_server::SnapshotService},
    v1::{Event, event::Snapshot},
};
use patron_values::{id::CustomerId, timestamp};
use std::sync::Arc;
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// Snapshots of one page. Few enough that a page of the largest stays below 1 MiB, and its transaction at the consumer is short.
const PAGE: i64 = 200;

/// What a service publishes of a customer, as it is now.
#[derive(Debug, Clone)]
pub struct AggregateSnapshot {
    /// The customer.
    pub customer: CustomerId,
    /// The aggregate, as its events name it: `customers/{customer}/addresses`.
    pub aggregate: String,
    /// Its version, read in the same statement as the rest.
    pub version: i64,
    /// What consumers keep of it.
    pub snapshot: Snapshot,
}

/// Where a service reads what it publishes.
#[tonic::async_trait]
pub trait Snapshots: Send + Sync + 'static {
    /// Who may list them.
    const SUBSCRIBERS: &'static [Peer];

    /// Snapshots for a subscriber, of at most `limit` customers whose id is above `after`, in the order of their ids. Customers who are
    /// being created are left out.
    async fn list(
        &self,
        database: &Database,
        subscriber: Peer,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<AggregateSnapshot>, sqlx::Error>;
}

/// Answers `patron.event.internal.v1.SnapshotService`.
pub(crate) struct SnapshotRpc<S> {
    source: Peer,
    clock: Clock,
    database: Database,
    snapshots: Arc<S>,
}

impl<S: Snapshots> SnapshotRpc<S> {
    pub(crate) fn new(source: Peer, clock: Clock, database: Database, snapshots: S) -> Self {
        Self { source, clock, database, snapshots: Arc::new(snapshots) }
    }
}

#[tonic::async_trait]
impl<S: Snapshots> SnapshotService for SnapshotRpc<S> {
    async fn list_snapshots(
        &self,
        request: Request<ListSnapshotsRequest>,
    ) -> Result<Response<ListSnapshotsResponse>, Status> {
        let subscriber = match *Principal::of(&request) {
            Principal::Peer(peer) if S::SUBSCRIBERS.contains(&peer) => peer,
            _ => return Err(Problem::PeerNotAllowed.into()),
        };
        let ListSnapshotsRequest { page_size, page_token } = request.into_inner();
        let after = match page_token.as_str() {
            "" => Uuid::nil(),
            token => token.parse().map_err(|_| Problem::invalid("page_token", "not one of this list"))?,
        };
        let limit = if (1..PAGE).contains(&page_size.into()) { page_size.into() } else { PAGE };
        // Before they are read: what is read is not older.
        let read_time = Some(timestamp(self.clock.now()));
        let found =
            self.snapshots.list(&self.database, subscriber, after, limit).await.map_err(Problem::from)?;
        // A customer may have several, so that as many snapshots may be of fewer customers; then one page more is empty.
        let last = found.last().filter(|_| i64::try_from(found.len()).is_ok_and(|found| found >= limit));
        let next_page_token = last.map(|last| last.customer.0.to_string()).unwrap_or_default();
        let snapshots = found.into_iter().map(|it| Event {
            source: self.source.name().to_owned(),
            aggregate: it.aggregate,
            version: it.version,
            r#type: "snapshot.listed".to_owned(),
            customer: it.customer.resource_name(),
            time: read_time,
            snapshot: Some(it.snapshot),
            ..Event::default()
        });
        let snapshots = snapshots.collect();
        Ok(Response::new(ListSnapshotsResponse { snapshots, next_page_token, read_time }))
    }
}
