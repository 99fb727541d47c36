//! What customers agree to: what holds now, and every record of it.

use crate::consent::{Channel, Consent, ConsentRecord, Purpose, Source, State, Statement};
use patron_chassis::pg::{Database, Transaction};
use patron_proto::event::v1::ChangeContext;
use patron_values::id::CustomerId;
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// Records of one customer at most, and how many more there may be of those who unsubscribe: nobody is kept from leaving. The database
/// holds the same.
pub const MOST: i32 = 1_000;
const MOST_WHEN_LEAVING: i32 = 1_100;

/// Records what these customers say, whom this transaction has locked or inserted. Gives how many have room for it.
pub async fn insert(
    transaction: &mut Transaction,
    customers: &[CustomerId],
    statement: &Statement,
    context: &ChangeContext,
    at: OffsetDateTime,
) -> Result<usize, sqlx::Error> {
    let most = if statement.state == State::Unsubscribed { MOST_WHEN_LEAVING } else { MOST };
    let customers: Vec<Uuid> = customers.iter().map(|customer| customer.0).collect();
    let inserted = sqlx::query!(
        "with numbered as materialized (
             select customer_id, coalesce(last.number, 0) + 1 as number
             from unnest((select $1::uuid[])) as named (customer_id)
             left join lateral (
                 select number from profile.consent_record known
                 where known.customer_id = named.customer_id order by number desc limit 1) last on true),
         said as (
             insert into profile.consent as known (customer_id, purpose, state, state_at)
             select customer_id, $2, $3, $9 from numbered where number <= $10
             on conflict (customer_id, purpose) do update set state = excluded.state, state_at = excluded.state_at
             where known.state <> excluded.state)
         insert into profile.consent_record
             (customer_id, number, purpose, state, channel, source, actor, actor_display_name, trace_id, recorded_at)
         select customer_id, number, $2, $3, $4, $5, $6, $7, $8, $9 from numbered where number <= $10",
        &customers,
        statement.purpose as Purpose,
        statement.state as State,
        statement.channel as Channel,
        statement.source.as_ref().map(Source::as_str),
        context.actor,
        context.actor_display_name,
        context.trace_id,
        at,
        most,
    )
    .execute(transaction)
    .await?;
    Ok(usize::try_from(inserted.rows_affected()).unwrap_or(usize::MAX))
}

/// What holds for a customer, for each purpose.
pub async fn find_all(
    executor: impl PgExecutor<'_>,
    customer: CustomerId,
) -> Result<Vec<Consent>, sqlx::Error> {
    sqlx::query_as!(
        Consent,
        r#"select purpose as "purpose: Purpose", state as "state: State", state_at
           from profile.consent where customer_id = $1 order by purpose"#,
        customer.0,
    )
    .fetch_all(executor)
    .await
}

/// Records of a customer before this number, latest first.
pub async fn list(
    database: &Database,
    customer: CustomerId,
    before: Option<i32>,
    limit: i64,
) -> Result<Vec<ConsentRecord>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select number, purpose as "purpose: Purpose", state as "state: State", channel as "channel: Channel",
               source as "source: Source", actor, actor_display_name, trace_id, recorded_at
           from profile.consent_record
           where customer_id = $1 and number < $2 order by number desc limit $3"#,
        customer.0,
        before.unwrap_or(i32::MAX),
        limit,
    )
    .fetch_all(database)
    .await?;
    let records = rows.into_iter().map(|row| ConsentRecord {
        customer,
        number: row.number,
        statement: Statement {
            purpose: row.purpose,
            state: row.state,
            channel: row.channel,
            source: row.source,
        },
        actor: row.actor,
        actor_display_name: row.actor_display_name,
        trace_id: row.trace_id,
        recorded_at: row.recorded_at,
    });
    Ok(records.collect())
}
