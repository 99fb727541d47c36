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

    /// One page of what was revoked since a snapshot and still matters.
    pub async fn list(&self, request: &ListRevocationsRequest) -> Result<ListRevocationsResponse, Problem> {
        let foreign = |field| Problem::invalid(field, "is not of an answer before");
        let after = match request.page_token.as_str() {
            "" => Cursor::default(),
            token => parse(token).ok_or_else(|| foreign("page_token"))?,
        };
        let since = Some(request.snapshot.as_str()).filter(|snapshot| !snapshot.is_empty());
        if !since.is_none_or(is_snapshot) {
            return Err(foreign("snapshot"));
        }
        let rows = store::revocation::list(&self.database, since, after, self.clock.now(), PAGE).await?;
        let snapshot = rows.first().map(|row| row.snapshot.clone()).unwrap_or_default();
        let full = i64::try_from(rows.len()).is_ok_and(|count| count >= PAGE);
        let last = rows.last().and_then(store::revocation::Row::cursor).filter(|_| full);
        let next_page_token =
            last.map_or_else(String::new, |last| format!("{}-{}", last.transaction, last.revocation));
        let revocations = rows.iter().filter_map(revocation).collect();
        Ok(ListRevocationsResponse { revocations, snapshot, next_page_token, ..Default::default() })
    }
}

/// Whether a text can be a `pg_snapshot`: `xmin:xmax:` and the transactions open between them.
fn is_snapshot(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<i64>().ok()).filter(|it| *it > 0);
    let (Some(oldest), Some(next)) = (number(parts.next()), number(parts.next())) else { return false };
    let mut last = oldest - 1;
    let mut follows = |open: &str| {
        let before = std::mem::replace(&mut last, open.parse().unwrap_or(0));
        before < last && last < next
    };
    let open = parts.next();
    oldest <= next && open.is_some_and(|open| open.is_empty() || open.split(',').all(&mut follows))
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
