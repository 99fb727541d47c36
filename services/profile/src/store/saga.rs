//! Creations and deletions under way.

use patron_chassis::pg::Transaction;
use patron_values::id::CustomerId;
use sqlx::PgExecutor;
use std::time::Duration;
use time::OffsetDateTime;

/// A creation or deletion that is not yet done.
#[derive(Debug, Clone)]
pub struct Saga {
    /// Whose.
    pub customer: CustomerId,
    /// Which of the two.
    pub kind: Kind,
    /// The calls to make.
    pub plan: Vec<u8>,
    /// When it began.
    pub started_at: OffsetDateTime,
}

/// What a saga does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Kind {
    /// Makes a customer whole.
    Creation,
    /// Removes a customer.
    Deletion,
}

/// Stores sagas that this process works on for the length of `lease`.
pub async fn insert_all(
    transaction: &mut Transaction,
    sagas: &[Saga],
    lease: Duration,
) -> Result<(), sqlx::Error> {
    let column = || sagas.iter();
    sqlx::query!(
        "insert into profile.saga (customer_id, kind, plan, started_at, leased_until)
         select customer_id, kind, plan, started_at, now() + $5 * interval '1 second'
         from unnest((select $1::uuid[]), (select $2::text[]), (select $3::bytea[]), (select $4::timestamptz[]))
             as row (customer_id, kind, plan, started_at)",
        &column().map(|saga| saga.customer.0).collect::<Vec<_>>(),
        &column().map(|saga| saga.kind).collect::<Vec<_>>() as &[Kind],
        &column().map(|saga| saga.plan.clone()).collect::<Vec<_>>(),
        &column().map(|saga| saga.started_at).collect::<Vec<_>>(),
        lease.as_secs_f64(),
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Claims sagas that nobody is at work on, at most `limit`, for the length of `lease`.
pub async fn claim(
    executor: impl PgExecutor<'_>,
    limit: i64,
    lease: Duration,
) -> Result<Vec<Saga>, sqlx::Error> {
    sqlx::query_as!(
        Saga,
        r#"update profile.saga set leased_until = now() + $2 * interval '1 second'
           where customer_id in (
               select customer_id from profile.saga where leased_until < now()
               order by leased_until limit $1 for update skip locked)
           returning customer_id as "customer: CustomerId", kind as "kind: Kind", plan, started_at"#,
        limit,
        lease.as_secs_f64(),
    )
    .fetch_all(executor)
    .await
}
