//! What became void before its time, as services are told.

use crate::{store, user::User};
use futures::future::BoxFuture;
use patron_chassis::{clock::Clock, pg::Database, revocation::RevocationSource, status::Problem};
use patron_proto::identity::internal::v1::{ListRevocationsResponse, Revocation};
use patron_values::{id::SessionId, timestamp};
use tonic::Status;

/// Tells what was revoked. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Revoked {
    database: Database,
    clock: Clock,
}

impl Revoked {
    /// What `database` says.
    pub fn new(database: Database, clock: Clock) -> Self {
        Self { database, clock }
    }

    /// What was revoked since a position and still matters.
    pub async fn list(&self, position: i64) -> Result<ListRevocationsResponse, Problem> {
        let rows = store::revocation::list(&self.database, position, self.clock.now()).await?;
        let next_position = rows.first().map_or(0, |row| row.next_position);
        Ok(ListRevocationsResponse { revocations: rows.iter().filter_map(told).collect(), next_position })
    }
}

fn told(row: &store::revocation::Row) -> Option<Revocation> {
    let user = User::from_columns(row.staff_id, row.customer_id);
    Some(Revocation {
        session: row.session_id.map(SessionId::resource_name).unwrap_or_default(),
        subject: user.map(User::resource_name).unwrap_or_default(),
        epoch: row.epoch.unwrap_or_default(),
        expire_time: Some(timestamp(row.expires_at?)),
    })
}

impl RevocationSource for Revoked {
    fn revocations(&self, position: i64) -> BoxFuture<'_, Result<ListRevocationsResponse, Status>> {
        Box::pin(async move { Ok(self.list(position).await?) })
    }
}
