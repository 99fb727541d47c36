//! What was revoked before its time, as services ask for it.

use crate::{
    role::RoleId,
    store::{self, revocation::Cursor},
    user::User,
};
use futures::future::BoxFuture;
use patron_chassis::{clock::Clock, pg::Database, revocation::RevocationSource, status::Problem};
use patron_proto::identity::internal::v1::{ListRevocationsRequest, ListRevocationsResponse, Revocation};
use patron_values::{id::SessionId, timestamp};
use tonic::Status;

/// Revocations in one answer. Each has fewer than 100 bytes, so an answer stays below the 4 MiB that clients take, and below the
/// time that a statement may take.
const PAGE: i64 = 5_000;

/// Lists what was revoked. Cheap to clone.
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

    /// One page of what was revoked since a position and still matters.
    pub async fn list(&self, request: &ListRevocationsRequest) -> Result<ListRevocationsResponse, Problem> {
        let after = if request.page_token.is_empty() {
            Cursor { transaction: request.position, revocation: 0 }
        } else {
            let cursor = parse(&request.page_token);
            cursor.ok_or_else(|| Problem::invalid("page_token", "is not of an answer before"))?
        };
        let rows = store::revocation::list(&self.database, after, self.clock.now(), PAGE).await?;
        let next_position = rows.first().map_or(0, |row| row.next_position);
        let full = i64::try_from(rows.len()).is_ok_and(|count| count >= PAGE);
        let last = rows.last().and_then(store::revocation::Row::cursor).filter(|_| full);
        let next_page_token =
            last.map_or_else(String::new, |last| format!("{}-{}", last.transaction, last.revocation));
        let revocations = rows.iter().filter_map(revocation).collect();
        Ok(ListRevocationsResponse { revocations, next_position, next_page_token })
    }
}

fn parse(token: &str) -> Option<Cursor> {
    let (transaction, revocation) = token.split_once('-')?;
    Some(Cursor { transaction: transaction.parse().ok()?, revocation: revocation.parse().ok()? })
}

fn revocation(row: &store::revocation::Row) -> Option<Revocation> {
    let user = User::from_columns(row.staff_id, row.customer_id);
    Some(Revocation {
        session: row.session_id.map(SessionId::resource_name).unwrap_or_default(),
        subject: user
            .map(User::resource_name)
            .or(row.role_id.as_ref().map(RoleId::resource_name))
            .unwrap_or_default(),
        epoch: row.epoch.unwrap_or_default(),
        expire_time: Some(timestamp(row.expires_at?)),
    })
}

impl RevocationSource for Revoked {
    fn revocations(
        &self,
        request: ListRevocationsRequest,
    ) -> BoxFuture<'_, Result<ListRevocationsResponse, Status>> {
        Box::pin(async move { Ok(self.list(&request).await?) })
    }
}
