//! Addresses of customers, and what each is used for.

use crate::address::{Address, Content, Name, Use};
use patron_chassis::principal::Scope;
use patron_ledger::{
    change::{self, Locked},
    reference::{Ended, Purge, assigned_to},
};
use patron_values::{
    country::Country,
    id::{AddressId, CustomerId},
    phone::PhoneNumber,
    text::{Line, Prose},
};
use sqlx::PgExecutor;
use time::OffsetDateTime;

/// Columns of an address as they are read.
struct Row {
    address_id: AddressId,
    customer_id: CustomerId,
    label: Option<Line<100>>,
    recipient: Option<Line<100>>,
    company: Option<Line<100>>,
    line1: Line<200>,
    line2: Option<Line<200>>,
    city: Option<Line<100>>,
    region: Option<Line<100>>,
    postal_code: Option<Line<20>>,
    country_code: Country,
    phone: Option<PhoneNumber>,
    instructions: Option<Prose<400>>,
    rule_exception: Option<Line<200>>,
    uses: Vec<Use>,
    defaults: Vec<Use>,
    version: i64,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl From<Row> for Address {
    fn from(row: Row) -> Self {
        Self {
            name: Name { customer: row.customer_id, address: row.address_id },
            content: Content {
                label: row.label,
                recipient: row.recipient,
                company: row.company,
                line1: row.line1,
                line2: row.line2,
                city: row.city,
                region: row.region,
                postal_code: row.postal_code,
                country: row.country_code,
                phone: row.phone,
                instructions: row.instructions,
                rule_exception: row.rule_exception,
                uses: row.uses.into_iter().map(|it| (it, row.defaults.contains(&it))).collect(),
            },
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// One address of a visible customer in `scope`.
pub async fn find(
    executor: impl PgExecutor<'_>,
    name: Name,
    scope: Scope,
) -> Result<Option<Address>, sqlx::Error> {
    let which = Which { only: Some(name.address), after: None, limit: 1 };
    Ok(list(executor, &[name.customer], scope, which).await?.pop())
}

/// Which addresses of each customer to list.
#[derive(Debug, Clone, Copy)]
pub struct Which {
    /// This one alone.
    pub only: Option<AddressId>,
    /// Those created after this one.
    pub after: Option<AddressId>,
    /// So many at most.
    pub limit: i64,
}

/// Addresses of one answer, whoever's they are: with texts of the greatest length, 6.4 KB each, just below the 4 MiB that clients take.
/// One more is given where there are more.
pub const MOST: i64 = 650;

/// Addresses of visible customers in `scope`, oldest first for each, in the order of the customers given. A customer who
/// does not exist has none.
pub async fn list(
    executor: impl PgExecutor<'_>,
    customers: &[CustomerId],
    scope: Scope,
    which: Which,
) -> Result<Vec<Address>, sqlx::Error> {
    let customers = scope.may_include(customers);
    let rows = sqlx::query_as!(
        Row,
        r#"select a.address_id as "address_id: _", a.customer_id as "customer_id: _", label as "label: _",
               recipient as "recipient: _", company as "company: _", line1 as "line1: _", line2 as "line2: _",
               city as "city: _", region as "region: _", postal_code as "postal_code: _",
               country_code as "country_code: _", phone as "phone: _", instructions as "instructions: _",
               rule_exception as "rule_exception: _",
               array(select use from address.address_use u where u.address_id = a.address_id order by use) as "uses!: Vec<Use>",
               array(select use from address.address_default d where d.address_id = a.address_id) as "defaults!: Vec<Use>",
               a.version, created_at, updated_at
           -- through a subquery, so that Postgres keeps one plan: it would make a new one for each number of ids
           from unnest((select $1::uuid[])) with ordinality as asked (customer_id, place)
           join address.customer_ref r using (customer_id)
           cross join lateral (
               select * from address.address
               where customer_id = asked.customer_id
                   and ($3::uuid is null or address_id = $3) and ($4::uuid is null or address_id > $4)
               order by address_id limit $5
           ) a
           where r.state = 'active' and ($2::uuid is null or r.assigned_staff @> array[$2])
           order by asked.place, a.address_id limit $6"#,
        &customers,
        assigned_to(scope).map(|staff| staff.0),
        which.only.map(|address| address.0),
        which.after.map(|address| address.0),
        which.limit,
        MOST + 1,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Address::from).collect())
}

/// Stores an address that is new, with what it is used for. It becomes the default of the uses it claims; [`promote_all`](super::default::promote_all) does
/// the rest.
pub async fn insert(locked: &mut Locked, address: &Address) -> Result<(), sqlx::Error> {
    let content = &address.content;
    let (uses, claims): (Vec<Use>, Vec<bool>) = content.uses.iter().unzip();
    sqlx::query!(
        "with created as (
               insert into address.address (address_id, customer_id, label, recipient, company, line1, line2, city, region,
                   postal_code, country_code, phone, instructions, version, created_at, updated_at, rule_exception)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $19)
           ), stated as (
               insert into address.address_use (address_id, customer_id, use) select $1, $2, unnest((select $17::text[]))
           )
           insert into address.address_default (customer_id, use, address_id)
           select $2, use, $1 from unnest((select $17::text[]), (select $18::boolean[])) as row (use, claimed)
           where claimed
           on conflict (customer_id, use) do update set address_id = excluded.address_id",
        address.name.address.0,
        address.name.customer.0,
        content.label.as_ref() as Option<&Line<100>>,
        content.recipient.as_ref() as Option<&Line<100>>,
        content.company.as_ref() as Option<&Line<100>>,
        &content.line1 as &Line<200>,
        content.line2.as_ref() as Option<&Line<200>>,
        content.city.as_ref() as Option<&Line<100>>,
        content.region.as_ref() as Option<&Line<100>>,
        content.postal_code.as_ref() as Option<&Line<20>>,
        &content.country as &Country,
        content.phone.as_ref() as Option<&PhoneNumber>,
        content.instructions.as_ref() as Option<&Prose<400>>,
        address.version,
        address.created_at,
        address.updated_at,
        &uses as &[Use],
        &claims,
        content.rule_exception.as_ref() as Option<&Line<200>>,
    )
    .execute(&mut **locked)
    .await
    .map(drop)
}

/// Stores what a changed address says.
pub async fn update(locked: &mut Locked, address: &Address) -> Result<(), sqlx::Error> {
    let content = &address.content;
    sqlx::query!(
        "update address.address set label = $2, recipient = $3, company = $4, line1 = $5, line2 = $6, city = $7, region = $8,
             postal_code = $9, country_code = $10, phone = $11, instructions = $12, version = $13, updated_at = $14,
             rule_exception = $15
         where address_id = $1",
        address.name.address.0,
        content.label.as_ref() as Option<&Line<100>>,
        content.recipient.as_ref() as Option<&Line<100>>,
        content.company.as_ref() as Option<&Line<100>>,
        &content.line1 as &Line<200>,
        content.line2.as_ref() as Option<&Line<200>>,
        content.city.as_ref() as Option<&Line<100>>,
        content.region.as_ref() as Option<&Line<100>>,
        content.postal_code.as_ref() as Option<&Line<20>>,
        &content.country as &Country,
        content.phone.as_ref() as Option<&PhoneNumber>,
        content.instructions.as_ref() as Option<&Prose<400>>,
        address.version,
        address.updated_at,
        content.rule_exception.as_ref() as Option<&Line<200>>,
    )
    .execute(&mut **locked)
    .await
    .map(drop)
}

/// Stores what a changed address is used for. It becomes the default of the uses it claims;
/// [`promote_all`](super::default::promote_all) does the rest.
pub async fn update_uses(locked: &mut Locked, address: &Address) -> Result<(), sqlx::Error> {
    let (uses, claims): (Vec<Use>, Vec<bool>) = address.content.uses.iter().unzip();
    sqlx::query!(
        "with gone as (
             delete from address.address_use where address_id = $1 and use <> all($3)
         ), stated as (
             insert into address.address_use (address_id, customer_id, use) select $1, $2, unnest($3::text[])
             on conflict do nothing
         )
         insert into address.address_default (customer_id, use, address_id)
         select $2, use, $1 from unnest($3::text[], $4::boolean[]) as row (use, claimed)
         where claimed
         on conflict (customer_id, use) do update set address_id = excluded.address_id",
        address.name.address.0,
        address.name.customer.0,
        &uses as &[Use],
        &claims,
    )
    .execute(&mut **locked)
    .await
    .map(drop)
}

/// How many addresses a customer has.
pub async fn count(locked: &mut Locked, customer: CustomerId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from address.address where customer_id = $1"#,
        customer.0
    )
    .fetch_one(&mut **locked)
    .await
}

/// Removes an address.
pub async fn delete(locked: &mut Locked, address: AddressId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from address.address where address_id = $1", address.0)
        .execute(&mut **locked)
        .await
        .map(drop)
}

/// Addresses go with their customers.
#[derive(Debug)]
pub struct AddressesOfEnded;

#[tonic::async_trait]
impl Purge for AddressesOfEnded {
    async fn delete_some(ended: &mut Ended<'_>, limit: i64) -> Result<u64, sqlx::Error> {
        let customers: Vec<_> = ended.customers().iter().map(|customer| customer.0).collect();
        let deleted = sqlx::query_scalar!(
            "delete from address.address where address_id in (
             select address_id from address.address where customer_id = any($1) limit $2)
             returning address_id",
            &customers,
            limit,
        );
        let deleted = deleted.fetch_all(&mut **ended).await?;
        change::forget(ended, &deleted).await?;
        Ok(deleted.len() as u64)
    }
}
