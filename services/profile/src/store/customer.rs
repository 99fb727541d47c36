//! The customer record.

use super::fields::{COLUMNS, record_columns};
use crate::{
    customer::{Customer, Projection, Record, State},
    field_policy::Channel,
};
use patron_chassis::{
    pg::{self, Transaction},
    principal::Scope,
};
use patron_ledger::{change::Locked, reference::assigned_to};
use patron_values::{email::Email, id::CustomerId};
use serde::Serialize;
use sqlx::{AssertSqlSafe, PgExecutor, types::Json};
use std::{collections::HashMap, sync::LazyLock};
use time::OffsetDateTime;

static FIND: LazyLock<String> = LazyLock::new(|| {
    format!(
        "select {}
         -- through a subquery, so that Postgres keeps one plan: it would make a new one for each number of ids
         from unnest((select $1::uuid[])) with ordinality as asked (customer_id, place)
         join profile.customer c using (customer_id)
         join profile.customer_time t using (customer_id)
         where c.state = $2 and ($3::uuid is null or c.assigned_staff @> array[$3])
         order by place",
        *COLUMNS,
    )
});

/// Columns of a [`Row`] that a change of the record writes.
static CHANGED: LazyLock<String> = LazyLock::new(|| {
    format!("{}, email_key, record_text, state, version, reference_version", record_columns(""))
});

static INSERT: LazyLock<String> = LazyLock::new(|| {
    let columns = format!(
        "customer_id, {}, channel, status, username, account_text, groups, primary_group, city, postal_code, country_code, address_text",
        *CHANGED,
    );
    format!(
        "with numbered as materialized (
             select {columns}, nextval('profile.customer_number_seq') as number
             from jsonb_populate_recordset(null::profile.customer, (select $1::jsonb))),
         inserted as (
             insert into profile.customer ({columns}, number, created_at) select {columns}, number, $2 from numbered
             -- in one order for all, so that two transactions cannot wait for each other
             order by email_key
             on conflict do nothing returning customer_id, number),
         timed as (
             insert into profile.customer_time (customer_id, updated_at) select customer_id, $2 from inserted)
         select customer_id, number from inserted",
    )
});

static UPDATE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "with updated as (
             update profile.customer set ({0}) = (
                 select {0} from jsonb_populate_record(null::profile.customer, (select $2::jsonb)))
             where customer_id = $1 and not exists (
                 select from profile.customer other
                 where (other.email_key = $3 or other.external_id = $4) and other.customer_id <> $1)
             returning customer_id)
         update profile.customer_time set updated_at = $5 where customer_id = (select customer_id from updated)",
        *CHANGED,
    )
});

/// The statements that are made of the fields. No compiler checks them: tests run each, and compare what they need with what is granted.
pub fn statements() -> [&'static str; 3] {
    [&FIND, &INSERT, &UPDATE]
}

/// One visible customer in `scope`.
pub async fn find(
    executor: impl PgExecutor<'_>,
    customer: CustomerId,
    scope: Scope,
) -> Result<Option<Customer>, sqlx::Error> {
    Ok(find_all(executor, &[customer], scope, State::Active).await?.pop())
}

/// Customers in `scope` and `state`, in the order asked for; others are left out.
pub async fn find_all(
    executor: impl PgExecutor<'_>,
    customers: &[CustomerId],
    scope: Scope,
    state: State,
) -> Result<Vec<Customer>, sqlx::Error> {
    let customers = scope.may_include(customers);
    #[expect(clippy::disallowed_methods, reason = "its columns are those of the fields")]
    let statement = sqlx::query_as(AssertSqlSafe(FIND.as_str()));
    let staff = assigned_to(scope).map(|staff| staff.0);
    statement.bind(customers).bind(state).bind(staff).fetch_all(executor).await
}

/// Locks a customer in `scope` and `state` until the transaction ends, and gives its version; `None` where there is none.
pub async fn lock(
    transaction: &mut Transaction,
    customer: CustomerId,
    scope: Scope,
    state: State,
) -> Result<Option<i64>, sqlx::Error> {
    if scope.includes(customer) == Some(false) {
        return Ok(None);
    }
    sqlx::query_scalar!(
        "select version from profile.customer
         where customer_id = $1 and state = $2 and ($3::uuid is null or assigned_staff @> array[$3])
         for no key update",
        customer.0,
        state as State,
        assigned_to(scope).map(|staff| staff.0),
    )
    .fetch_optional(transaction)
    .await
}

/// A customer as a row: columns by their names.
#[derive(Serialize)]
struct Row<'c> {
    customer_id: CustomerId,
    state: State,
    #[serde(flatten)]
    record: &'c Record,
    email_key: String,
    record_text: String,
    #[serde(flatten)]
    projection: &'c Projection,
    channel: Option<Channel>,
    version: i64,
    reference_version: i64,
}

impl<'c> From<&'c Customer> for Row<'c> {
    fn from(customer: &'c Customer) -> Self {
        Self {
            customer_id: customer.id,
            state: customer.state,
            record: &customer.record,
            email_key: customer.record.email_key(),
            record_text: customer.record.search_text(),
            projection: &customer.projection,
            channel: customer.channel,
            version: customer.version,
            reference_version: customer.reference_version,
        }
    }
}

/// Stores new customers and gives their numbers, in their order. Fails on `customer_email_key_key` and
/// `customer_external_id_key` where another, or another of them, has the value, and for a deadlock where others bring the same emails and
/// external ids just now, paired otherwise.
pub async fn insert_all(
    transaction: &mut Transaction,
    customers: &[Customer],
) -> Result<Vec<i64>, sqlx::Error> {
    // As JSON they are one parameter, whose rows may hold arrays of any length.
    let rows: Vec<Row<'_>> = customers.iter().map(Row::from).collect();
    #[expect(clippy::disallowed_methods, reason = "its columns are those of the fields")]
    let statement = sqlx::query_as(AssertSqlSafe(INSERT.as_str()));
    let created_at = customers.first().map(|customer| customer.created_at);
    let statement = statement.bind(Json(rows)).bind(created_at);
    let inserted: HashMap<CustomerId, i64> =
        statement.fetch_all(&mut *transaction).await?.into_iter().collect();
    match customers.iter().map(|customer| inserted.get(&customer.id).copied()).collect() {
        Some(numbers) => Ok(numbers),
        None => Err(taken(transaction, customers).await?),
    }
}

/// Which unique value of these is taken. Where no stored customer has one, two of these share an email.
async fn taken(transaction: &mut Transaction, customers: &[Customer]) -> Result<sqlx::Error, sqlx::Error> {
    let records = || customers.iter().map(|customer| &customer.record);
    let email = sqlx::query_scalar!(
        r#"select email_key = any($1) as "email!" from profile.customer
           where (email_key = any($1) or external_id = any($2)) and customer_id <> all($3)
           order by 1 desc limit 1"#,
        &records().filter_map(|record| Some(record.email.as_ref()?.key())).collect::<Vec<_>>(),
        &records()
            .filter_map(|record| Some(record.details.external_id.as_ref()?.to_string()))
            .collect::<Vec<_>>(),
        &customers.iter().map(|customer| customer.id.0).collect::<Vec<_>>(),
    )
    .fetch_optional(transaction)
    .await?;
    let constraint = if email == Some(false) { "customer_external_id_key" } else { "customer_email_key_key" };
    Ok(pg::taken(constraint))
}

/// Stores what a changed customer holds. Fails like [`insert_all`].
pub async fn update(locked: &mut Locked, customer: &Customer) -> Result<(), sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "its columns are those of the fields")]
    let statement = sqlx::query(AssertSqlSafe(UPDATE.as_str()));
    let updated = statement
        .bind(customer.id)
        .bind(Json(Row::from(customer)))
        .bind(customer.record.email.as_ref().map(Email::key))
        .bind(customer.record.details.external_id.as_ref())
        .bind(customer.updated_at)
        .execute(&mut **locked)
        .await?;
    if updated.rows_affected() == 0 {
        return Err(taken(locked, std::slice::from_ref(customer)).await?);
    }
    Ok(())
}

/// Makes customers visible, which raises the version of their reference by one. Gives those that were still being created.
pub async fn activate(
    transaction: &mut Transaction,
    customers: &[CustomerId],
) -> Result<Vec<CustomerId>, sqlx::Error> {
    let customers: Vec<_> = customers.iter().map(|customer| customer.0).collect();
    sqlx::query_scalar!(
        r#"update profile.customer set state = 'active', reference_version = reference_version + 1
           where customer_id = any((select $1::uuid[])::uuid[]) and state = 'pending'
           returning customer_id as "customer_id: CustomerId""#,
        &customers,
    )
    .fetch_all(transaction)
    .await
}

/// Moves a customer on in its life.
pub async fn update_state(transaction: &mut Transaction, customer: &Customer) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update profile.customer set state = $2, reference_version = $3 where customer_id = $1",
        customer.id.0,
        customer.state as State,
        customer.reference_version,
    )
    .execute(transaction)
    .await
    .map(drop)
}

/// Removes a customer, with its times and consents, which leaves the audiences it was in.
pub async fn delete(
    transaction: &mut Transaction,
    customer: CustomerId,
    at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with left_audience as (
             insert into profile.audience_change (customer_id, purpose, changed_at)
             select customer_id, purpose, $2 from profile.consent where customer_id = $1)
         delete from profile.customer where customer_id = $1",
        customer.0,
        at,
    )
    .execute(transaction)
    .await
    .map(drop)
}
