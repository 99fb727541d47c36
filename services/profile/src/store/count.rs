//! How many customers were created when.

use super::list::COUNTED;
use patron_chassis::{pg::Database, principal::Scope};
use patron_ledger::reference::assigned_to;
use time::OffsetDateTime;

/// Customers in `scope` who were created between each two times, of whom at most one more than [`COUNTED`] are looked at.
pub async fn between(
    database: &Database,
    scope: Scope,
    times: &[OffsetDateTime],
) -> Result<Vec<i32>, sqlx::Error> {
    let own = match scope {
        Scope::Own(customer) => Some(customer.0),
        Scope::All | Scope::Assigned(_) => None,
    };
    let (begins, ends) = (&times[..times.len().saturating_sub(1)], times.get(1..).unwrap_or_default());
    match assigned_to(scope) {
        None => {
            sqlx::query_scalar!(
                r#"select counted.customers::int as "customers!"
                   from unnest((select $1::timestamptz[]), (select $2::timestamptz[])) with ordinality as span (begins, ends, place)
                   cross join lateral (
                       select count(*) as customers from (
                           select from profile.customer c
                           where c.state = 'active' and c.created_at >= span.begins and c.created_at < span.ends
                               and ($3::uuid is null or c.customer_id = $3)
                           limit $4) c
                   ) counted
                   order by span.place"#,
                begins,
                ends,
                own,
                COUNTED + 1,
            )
            .fetch_all(database)
            .await
        }
        // begins with the customers of the member of staff, who are few beside those of a busy day
        Some(staff) => {
            sqlx::query_scalar!(
                r#"with assigned as materialized (
                       select created_at from profile.customer
                       where cardinality(assigned_staff) > 0 and assigned_staff @> array[$3::uuid] and state = 'active'
                   )
                   select least(count(assigned.created_at), $4)::int as "customers!"
                   from unnest((select $1::timestamptz[]), (select $2::timestamptz[])) with ordinality as span (begins, ends, place)
                   left join assigned on assigned.created_at >= span.begins and assigned.created_at < span.ends
                   group by span.place order by span.place"#,
                begins,
                ends,
                staff.0,
                COUNTED + 1,
            )
            .fetch_all(database)
            .await
        }
    }
}
