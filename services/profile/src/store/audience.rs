//! Who subscribes, and in which order that changed.

use crate::consent::Purpose;
use patron_chassis::{
    pg::{Database, Transaction},
    principal::Scope,
};
use patron_ledger::{reference::assigned_to, sweep};
use patron_values::id::CustomerId;
use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;

/// Changes that are given positions in one transaction: it ends well within the statement timeout.
const AT_ONCE: i64 = 1_000;

/// A customer who subscribes.
#[derive(Debug, Clone)]
pub struct Subscriber {
    /// Who.
    pub customer: CustomerId,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Email.
    pub email: String,
    /// Language to write in.
    pub preferred_language: Option<String>,
    /// Country; empty where it is not known.
    pub country_code: String,
    /// Since when.
    pub since: OffsetDateTime,
}

/// Which subscribers to list.
#[derive(Debug)]
pub struct Selection {
    /// To what they subscribe.
    pub purpose: Purpose,
    /// Those whom the caller may see.
    pub scope: Scope,
    /// Whose language is this one or begins with it.
    pub language: Option<String>,
    /// Of this country.
    pub country_code: Option<String>,
}

/// A subscriber, or one of the audience who is looked at last and left out.
#[derive(Debug)]
pub struct Examined {
    /// Who.
    pub customer: CustomerId,
    /// As a subscriber, where it is one of the selection.
    pub subscriber: Option<Subscriber>,
}

/// Subscribers of a selection after one, in the order of their ids, at most `limit`, of the next `most` of the audience. The last one looked at
/// is there in any case. And whether there may be more.
pub async fn list(
    database: &Database,
    selection: &Selection,
    after: Option<CustomerId>,
    (limit, most): (i64, i64),
) -> Result<(Vec<Examined>, bool), sqlx::Error> {
    let rows = sqlx::query!(
        r#"with looked_at as materialized (
               select customer_id, state_at from profile.consent
               where purpose = $1 and state = 'subscribed' and customer_id > $2 order by customer_id limit $3)
           select looked_at.customer_id as "customer!: CustomerId", looked_at.state_at as "since!",
               c.first_name as "first_name?", c.last_name as "last_name?", c.email as "email?",
               c.preferred_language as "preferred_language?", c.country_code as "country_code?",
               (select count(*) from looked_at) as "looked_at!"
           from looked_at left join lateral (
               select * from profile.customer
               where customer_id = looked_at.customer_id and state = 'active'
                   and ($4::uuid is null or assigned_staff @> array[$4])
                   and ($5::text is null or preferred_language = $5 or starts_with(preferred_language, $5 || '-'))
                   and ($6::text is null or country_code = $6)
               -- one by one: a plan for no page in particular would read all customers
               offset 0) c on true
           where c.customer_id is not null
               or looked_at.customer_id = (select customer_id from looked_at order by customer_id desc limit 1)
           order by looked_at.customer_id limit $7"#,
        selection.purpose as Purpose,
        after.map_or(Uuid::nil(), |after| after.0),
        most,
        assigned_to(selection.scope).map(|staff| staff.0),
        selection.language,
        selection.country_code,
        limit,
    )
    .fetch_all(database)
    .await?;
    let more = rows.first().is_some_and(|row| row.looked_at >= most);
    let examined = rows.into_iter().map(|row| Examined {
        customer: row.customer,
        subscriber: row.email.map(|email| Subscriber {
            customer: row.customer,
            first_name: row.first_name.unwrap_or_default(),
            last_name: row.last_name.unwrap_or_default(),
            email,
            preferred_language: row.preferred_language,
            country_code: row.country_code.unwrap_or_default(),
            since: row.since,
        }),
    });
    Ok((examined.collect(), more))
}

/// A change of an audience.
#[derive(Debug)]
pub struct Change {
    /// Where it stands.
    pub position: i64,
    /// Who changed.
    pub customer: CustomerId,
    /// When.
    pub changed_at: OffsetDateTime,
    /// The customer, where they subscribe now.
    pub subscriber: Option<Subscriber>,
}

/// Changes of an audience after a position, in their order.
pub async fn list_changes(
    database: &Database,
    purpose: Purpose,
    after: i64,
    limit: i64,
) -> Result<Vec<Change>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select change.position as "position!", change.customer_id as "customer: CustomerId", change.changed_at,
               c.state_at as "since?", c.first_name as "first_name?", c.last_name as "last_name?",
               c.email as "email?", c.preferred_language as "preferred_language?", c.country_code as "country_code?"
           from (
               select * from profile.audience_change
               where purpose = $1 and position > $2 order by position limit $3) change
           left join lateral (
               select c.*, consent.state_at from profile.customer c join profile.consent using (customer_id)
               where c.customer_id = change.customer_id and c.state = 'active'
                   and consent.purpose = change.purpose and consent.state = 'subscribed'
               -- one by one: a plan for no page in particular would read all customers
               offset 0) c on true
           order by change.position"#,
        purpose as Purpose,
        after,
        limit,
    )
    .fetch_all(database)
    .await?;
    let changes = rows.into_iter().map(|row| Change {
        position: row.position,
        customer: row.customer,
        changed_at: row.changed_at,
        subscriber: row.since.zip(row.email).map(|(since, email)| Subscriber {
            customer: row.customer,
            first_name: row.first_name.unwrap_or_default(),
            last_name: row.last_name.unwrap_or_default(),
            email,
            preferred_language: row.preferred_language,
            country_code: row.country_code.unwrap_or_default(),
            since,
        }),
    });
    Ok(changes.collect())
}

/// Notes that customers changed in the audiences of which they are, or were.
pub async fn note(
    transaction: &mut Transaction,
    customers: &[CustomerId],
    at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let customers: Vec<Uuid> = customers.iter().map(|customer| customer.0).collect();
    sqlx::query!(
        "insert into profile.audience_change (customer_id, purpose, changed_at)
         select customer_id, purpose, $2 from profile.consent where customer_id = any((select $1::uuid[])::uuid[])",
        &customers,
        at,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Gives positions to changes that have none. Does nothing where another process is doing it.
pub async fn sequence(database: &Database) -> Result<(), sqlx::Error> {
    while is_any_without_position(database).await? {
        let mut transaction = database.begin().await?;
        let leads = sqlx::query_scalar!("select last from profile.audience_position for update skip locked");
        if leads.fetch_optional(&mut transaction).await?.is_none() {
            return Ok(());
        }
        // A statement of its own, which sees what the last leader committed.
        sqlx::query!(
            "with given as (
                 update profile.audience_change change set position = next.position
                 from (
                     select place, row_number() over (order by place)
                         + (select last from profile.audience_position) as position
                     from profile.audience_change where position is null order by place limit $1
                 ) next
                 where change.place = next.place
                 returning change.position)
             update profile.audience_position set last = coalesce((select max(position) from given), last)",
            AT_ONCE,
        )
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
    }
    Ok(())
}

async fn is_any_without_position(executor: impl PgExecutor<'_>) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from profile.audience_change where position is null) as "is_any!""#
    )
    .fetch_one(executor)
    .await
}

/// The last position given.
pub async fn last(executor: impl PgExecutor<'_>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!("select last from profile.audience_position").fetch_one(executor).await
}

/// Removes changes from before this time, at most [`sweep::ROWS`], and says how many.
pub async fn delete_old(database: &Database, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from profile.audience_change where place in (
             select place from (
                 select place, changed_at from profile.audience_change order by place limit $2) oldest
             where changed_at < $1)",
        before,
        sweep::ROWS,
    );
    Ok(deleted.execute(database).await?.rows_affected())
}
