//! The customer record.

use super::row::Row;
use crate::customer::{AccountType, Customer, State};
use patron_chassis::{
    pg::{self, Transaction},
    principal::Scope,
};
use patron_ledger::{change::Locked, reference::assigned_to};
use patron_values::{
    date::BirthDate,
    email::Email,
    id::{CustomerId, StaffId},
    language::Language,
    phone::PhoneNumber,
    text::{Line, Name},
    time_zone::TimeZone,
};
use serde_json::{Value, json};
use sqlx::PgExecutor;

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
    let customers: Vec<_> =
        customers.iter().filter(|it| scope.includes(**it) != Some(false)).map(|it| it.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select c.customer_id as "customer_id: _", state as "state: _", number, first_name as "first_name: _",
               middle_name as "middle_name: _", last_name as "last_name: _", title as "title: _", email as "email: _",
               company as "company: _", department as "department: _", job_title as "job_title: _",
               account_type as "account_type: _", preferred_language as "preferred_language: _",
               time_zone as "time_zone: _", birth_date as "birth_date: _", tax_number as "tax_number: _",
               source as "source: _", newsletter, external_id as "external_id: _", primary_phone as "primary_phone: _",
               secondary_phone as "secondary_phone: _", personal_phone as "personal_phone: _",
               work_phone as "work_phone: _", mobile_phone as "mobile_phone: _", fax as "fax: _",
               assigned_staff as "assigned_staff: _", coalesce(p.status, 'active') as "status!: _",
               coalesce(p.groups, '{}') as "groups!: _", p.primary_group as "primary_group: _", p.city as "city?",
               p.country_code as "country_code?", version, reference_version, created_at, updated_at
           -- through a subquery, so that Postgres keeps one plan: it would make a new one for each number of ids
           from unnest((select $1::uuid[])) with ordinality as asked (customer_id, place)
           join profile.customer c using (customer_id)
           left join profile.projection p using (customer_id)
           where state = $2 and ($3::uuid is null or assigned_staff @> array[$3])
           order by place"#,
        &customers,
        state as State,
        assigned_to(scope).map(|staff| staff.0),
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Customer::from).collect())
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

/// Stores new customers and gives their numbers, in their order. Fails on `customer_email_key_key` and
/// `customer_external_id_key` where another, or another of them, has the value.
pub async fn insert_all(
    transaction: &mut Transaction,
    customers: &[Customer],
) -> Result<Vec<i64>, sqlx::Error> {
    // As JSON they are one parameter, whose rows may hold arrays of any length.
    let rows = customers.iter().map(row).collect();
    let numbers = sqlx::query_scalar!(
        "insert into profile.customer (customer_id, state, first_name, middle_name, last_name, title, email, email_key, company,
             department, job_title, account_type, preferred_language, time_zone, birth_date, tax_number, source, newsletter,
             external_id, primary_phone, secondary_phone, personal_phone, work_phone, mobile_phone, fax, assigned_staff,
             search_text, version, reference_version, created_at, updated_at)
         select customer_id, state, first_name, middle_name, last_name, title, email, email_key, company,
             department, job_title, account_type, preferred_language, time_zone, birth_date, tax_number, source, newsletter,
             external_id, primary_phone, secondary_phone, personal_phone, work_phone, mobile_phone, fax, assigned_staff,
             search_text, version, reference_version, $2, $2
         from json_populate_recordset(null::profile.customer, (select $1::json))
         on conflict do nothing
         returning number",
        Value::Array(rows),
        customers.first().map(|customer| customer.created_at),
    )
    .fetch_all(&mut *transaction)
    .await?;
    if numbers.len() < customers.len() {
        return Err(taken(transaction, customers).await?);
    }
    Ok(numbers)
}

/// What another customer has of these. Where none has, they have it of one another.
async fn taken(transaction: &mut Transaction, customers: &[Customer]) -> Result<sqlx::Error, sqlx::Error> {
    let records = || customers.iter().map(|customer| &customer.record);
    let email = sqlx::query_scalar!(
        r#"select email_key = any($1) as "email!" from profile.customer
           where (email_key = any($1) or external_id = any($2)) and customer_id <> all($3)
           order by 1 desc limit 1"#,
        &records().map(|record| record.email.key().clone()).collect::<Vec<_>>(),
        &records().filter_map(|record| Some(record.external_id.as_ref()?.to_string())).collect::<Vec<_>>(),
        &customers.iter().map(|customer| customer.id.0).collect::<Vec<_>>(),
    )
    .fetch_optional(transaction)
    .await?;
    let constraint = if email == Some(false) { "customer_external_id_key" } else { "customer_email_key_key" };
    Ok(pg::taken(constraint))
}

fn row(customer: &Customer) -> Value {
    let record = &customer.record;
    json!({
        "customer_id": customer.id,
        "state": customer.state,
        "first_name": record.first_name,
        "middle_name": record.middle_name,
        "last_name": record.last_name,
        "title": record.title,
        "email": record.email,
        "email_key": record.email.key(),
        "company": record.company,
        "department": record.department,
        "job_title": record.job_title,
        "account_type": record.account_type,
        "preferred_language": record.preferred_language,
        "time_zone": record.time_zone,
        "birth_date": record.birth_date.map(|date| date.to_string()),
        "tax_number": record.tax_number,
        "source": record.source,
        "newsletter": record.newsletter,
        "external_id": record.external_id,
        "primary_phone": record.phones.primary,
        "secondary_phone": record.phones.secondary,
        "personal_phone": record.phones.personal,
        "work_phone": record.phones.work,
        "mobile_phone": record.phones.mobile,
        "fax": record.phones.fax,
        "assigned_staff": record.assigned_staff,
        "search_text": record.search_text(),
        "version": customer.version,
        "reference_version": customer.reference_version,
    })
}

/// Stores what a changed customer holds. Fails like [`insert_all`].
pub async fn update(locked: &mut Locked, customer: &Customer) -> Result<(), sqlx::Error> {
    let record = &customer.record;
    let updated = sqlx::query!(
        "update profile.customer set state = $2, first_name = $3, last_name = $4, email = $5, email_key = $6,
             newsletter = $7, assigned_staff = $8, search_text = $9, version = $10, reference_version = $11,
             updated_at = $12, middle_name = $13, title = $14, company = $15, department = $16, job_title = $17,
             account_type = $18, preferred_language = $19, time_zone = $20, birth_date = $21, tax_number = $22,
             source = $23, external_id = $24, primary_phone = $25, secondary_phone = $26, personal_phone = $27,
             work_phone = $28, mobile_phone = $29, fax = $30
         where customer_id = $1 and not exists (
             select from profile.customer other
             where (other.email_key = $6 or other.external_id = $24) and other.customer_id <> $1)",
        customer.id.0,
        customer.state as State,
        &record.first_name as &Name,
        &record.last_name as &Name,
        &record.email as &Email,
        record.email.key(),
        record.newsletter,
        &record.assigned_staff as &[StaffId],
        record.search_text(),
        customer.version,
        customer.reference_version,
        customer.updated_at,
        record.middle_name.as_ref() as Option<&Name>,
        record.title.as_ref() as Option<&Name>,
        record.company.as_ref() as Option<&Name>,
        record.department.as_ref() as Option<&Name>,
        record.job_title.as_ref() as Option<&Name>,
        record.account_type as Option<AccountType>,
        record.preferred_language.as_ref() as Option<&Language>,
        record.time_zone.as_ref() as Option<&TimeZone>,
        record.birth_date as Option<BirthDate>,
        record.tax_number.as_ref() as Option<&Line<50>>,
        record.source.as_ref() as Option<&Name>,
        record.external_id.as_ref() as Option<&Name>,
        record.phones.primary.as_ref() as Option<&PhoneNumber>,
        record.phones.secondary.as_ref() as Option<&PhoneNumber>,
        record.phones.personal.as_ref() as Option<&PhoneNumber>,
        record.phones.work.as_ref() as Option<&PhoneNumber>,
        record.phones.mobile.as_ref() as Option<&PhoneNumber>,
        record.phones.fax.as_ref() as Option<&PhoneNumber>,
    )
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

/// Removes a customer, with its projection.
pub async fn delete(transaction: &mut Transaction, customer: CustomerId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from profile.customer where customer_id = $1", customer.0)
        .execute(transaction)
        .await
        .map(drop)
}
