//! What is asked of customers.

use crate::field_policy::{Field, FieldPolicy, Need, Pattern, Rule};
use patron_chassis::pg::Transaction;
use patron_ledger::change::Locked;
use patron_values::text::Line;
use sqlx::PgExecutor;
use std::collections::BTreeMap;

/// The policy. A rule about a field that this build does not know is passed over.
pub async fn find(executor: impl PgExecutor<'_>) -> Result<FieldPolicy, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select policy.version, policy.updated_at, field as "field?", console as "console?: Need",
               registration as "registration?: Need", point_of_sale as "point_of_sale?: Need",
               import as "import?: Need", pattern, hint as "hint?: Line<200>"
           from profile.field_policy policy left join profile.field_rule on true"#,
    )
    .fetch_all(executor)
    .await?;
    let first = rows.first().ok_or(sqlx::Error::RowNotFound)?;
    let mut policy =
        FieldPolicy { rules: BTreeMap::new(), version: first.version, updated_at: first.updated_at };
    for row in rows {
        let field = row.field.as_deref().and_then(Field::parse);
        let (Some(field), Some(console), Some(registration), Some(point_of_sale), Some(import)) =
            (field, row.console, row.registration, row.point_of_sale, row.import)
        else {
            continue;
        };
        let pattern = row.pattern.zip(row.hint).map(|(pattern, hint)| Pattern::parse(&pattern, hint));
        let pattern = pattern.transpose().map_err(|error| sqlx::Error::Decode(error.into()))?;
        policy.rules.insert(field, Rule { console, registration, point_of_sale, import, pattern });
    }
    Ok(policy)
}

/// Its version.
pub async fn find_version(executor: impl PgExecutor<'_>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!("select version from profile.field_policy").fetch_one(executor).await
}

/// Locks it until the transaction ends, and gives its version.
pub async fn lock(transaction: &mut Transaction) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!("select version from profile.field_policy for update").fetch_one(transaction).await
}

/// Stores a changed policy.
pub async fn update(locked: &mut Locked, policy: &FieldPolicy) -> Result<(), sqlx::Error> {
    let rules = || policy.rules.values();
    let fields: Vec<_> = policy.rules.keys().map(|field| field.name().to_owned()).collect();
    sqlx::query!(
        "with policy as (update profile.field_policy set version = $1, updated_at = $2),
         gone as (delete from profile.field_rule where field <> all($3))
         insert into profile.field_rule (field, console, registration, point_of_sale, import, pattern, hint)
         select * from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
         on conflict (field) do update set console = excluded.console, registration = excluded.registration,
             point_of_sale = excluded.point_of_sale, import = excluded.import, pattern = excluded.pattern,
             hint = excluded.hint",
        policy.version,
        policy.updated_at,
        &fields,
        &rules().map(|rule| rule.console.name().to_owned()).collect::<Vec<_>>(),
        &rules().map(|rule| rule.registration.name().to_owned()).collect::<Vec<_>>(),
        &rules().map(|rule| rule.point_of_sale.name().to_owned()).collect::<Vec<_>>(),
        &rules().map(|rule| rule.import.name().to_owned()).collect::<Vec<_>>(),
        &rules().map(|rule| Some(rule.pattern.as_ref()?.as_str().to_owned())).collect::<Vec<_>>()
            as &[Option<String>],
        &rules().map(|rule| Some(rule.pattern.as_ref()?.hint().to_string())).collect::<Vec<_>>()
            as &[Option<String>],
    )
    .execute(&mut **locked)
    .await
    .map(drop)
}
