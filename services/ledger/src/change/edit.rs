//! Which fields each version of a resource changed: so an etag is compared field by field.

use crate::sweep;
use patron_chassis::{
    pg::{Database, Transaction},
    status::Problem,
};
use patron_values::etag::Precondition;
use patron_values::field_mask::FieldMask;
use std::{collections::BTreeSet, time::Duration};
use time::OffsetDateTime;
use uuid::Uuid;

/// How long edits are known. Who comes back later with an etag from before is answered that every field they name may have changed.
const KEPT: Duration = Duration::from_hours(30 * 24);
/// Edits looked at. Whoever missed as many is told to read again, whatever they changed.
const MOST: usize = 1_000;
/// Stands for a change that no field shows, such as other spacing.
const UNSEEN: &str = "*";

/// What one version of a resource changed.
pub(super) struct Edit {
    pub(super) resource: Uuid,
    pub(super) version: i64,
    pub(super) fields: Vec<String>,
}

/// Notes what versions changed, by `actor`.
pub(super) async fn insert(
    transaction: &mut Transaction,
    edits: &[Edit],
    actor: &str,
    at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    if edits.is_empty() {
        return Ok(());
    }
    let fields = |edit: &Edit| if edit.fields.is_empty() { UNSEEN.to_owned() } else { edit.fields.join(",") };
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query(
        "insert into resource_edit (resource_id, version, fields, actor, edited_at)
         select resource_id, version, string_to_array(fields, ','), $4, $5
         from unnest($1::uuid[], $2::bigint[], $3::text[]) as row (resource_id, version, fields)",
    );
    statement
        .bind(edits.iter().map(|edit| edit.resource).collect::<Vec<_>>())
        .bind(edits.iter().map(|edit| edit.version).collect::<Vec<_>>())
        .bind(edits.iter().map(fields).collect::<Vec<_>>())
        .bind(actor)
        .bind(at)
        .execute(transaction)
        .await
        .map(drop)
}

/// Forgets what versions of these resources changed: they are gone, so nobody can overwrite anything any more.
pub async fn forget(transaction: &mut Transaction, resources: &[Uuid]) -> Result<(), sqlx::Error> {
    if resources.is_empty() {
        return Ok(());
    }
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query("delete from resource_edit where resource_id = any($1)");
    statement.bind(resources).execute(transaction).await.map(drop)
}

/// What a caller writes of a resource.
#[derive(Clone, Copy)]
pub(super) enum Written<'m> {
    /// These fields.
    Fields(&'m FieldMask),
    /// The same, of a verb.
    Named(&'m [&'static str]),
    /// All of it: it is deleted.
    Everything,
}

impl Written<'_> {
    fn contains(self, field: &str) -> bool {
        match self {
            Self::Fields(mask) => field != UNSEEN && mask.contains(field),
            Self::Named(fields) => fields.contains(&field),
            Self::Everything => true,
        }
    }

    fn paths(self) -> Vec<String> {
        match self {
            Self::Fields(mask) => mask.paths().collect(),
            Self::Named(fields) => fields.iter().map(ToString::to_string).collect(),
            Self::Everything => Vec::new(),
        }
    }
}

/// Refuses to overwrite fields that someone else changed since the etag. Changes of other fields stand beside it.
pub(super) async fn refuse_overwriting(
    transaction: &mut Transaction,
    (resource, version): (Uuid, i64),
    etag: &str,
    written: Written<'_>,
) -> Result<(), Problem> {
    let seen = match Precondition::parse(resource, etag) {
        Precondition::None => return Ok(()),
        Precondition::Version(seen) if seen == version => return Ok(()),
        Precondition::Version(seen) if seen < version => seen,
        Precondition::Version(_) | Precondition::Unknown => {
            return Err(Problem::Conflict { fields: written.paths(), changed_by: None });
        }
    };
    let edits = list_after(transaction, resource, seen).await?;
    let is_whole = edits.first().is_some_and(|(first, ..)| *first == seen + 1) && edits.len() < MOST;
    if !is_whole {
        return Err(Problem::Conflict { fields: written.paths(), changed_by: None });
    }
    let (mut overwritten, mut changed_by) = (BTreeSet::new(), None);
    for (_, mut fields, actor) in edits {
        fields.retain(|field| written.contains(field));
        if !fields.is_empty() {
            changed_by = Some(actor);
            overwritten.extend(fields);
        }
    }
    match changed_by {
        None => Ok(()),
        changed_by => Err(Problem::Conflict { fields: overwritten.into_iter().collect(), changed_by }),
    }
}

/// Versions after one that was seen, with their fields and who changed them, oldest first, [`MOST`] at most.
async fn list_after(
    transaction: &mut Transaction,
    resource: Uuid,
    seen: i64,
) -> Result<Vec<(i64, Vec<String>, String)>, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_as(
        "select version, fields, actor from resource_edit where resource_id = $1 and version > $2 order by version limit $3",
    );
    statement
        .bind(resource)
        .bind(seen)
        .bind(i64::try_from(MOST).unwrap_or(i64::MAX))
        .fetch_all(transaction)
        .await
}

/// Removes edits that nobody asks for any more, at most [`sweep::ROWS`], and says how many.
pub(crate) async fn delete_old(database: &Database) -> Result<u64, sqlx::Error> {
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query(
        "delete from resource_edit where (resource_id, version) in (
             select resource_id, version from resource_edit where edited_at < now() - $1 * interval '1 second'
             order by edited_at limit $2)",
    );
    Ok(statement.bind(KEPT.as_secs_f64()).bind(sweep::ROWS).execute(database).await?.rows_affected())
}
