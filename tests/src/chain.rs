//! Walks the history of everything: whether each change follows on the one before.

use crate::World;
use patron_proto::event::v1::FieldChange;
use patron_values::diff::{State, to_proto};
use serde_json::Value;
use sqlx::{Connection as _, PgConnection};
use std::collections::HashMap;
use url::Url;

/// An event as it is kept: source, resource, version and changes.
type Kept = (String, String, i64, Value);

/// What is wrong with the history in a database, in words.
async fn broken_chains(database: &Url) -> Result<Vec<String>, sqlx::Error> {
    let mut connection = PgConnection::connect(database.as_str()).await?;
    // One look, so that what is kept meanwhile is in both answers or in none.
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    let look = sqlx::query_as::<_, (sqlx::types::Json<Vec<Kept>>, i64, i64)>(
        "select
             (select coalesce(jsonb_agg(jsonb_build_array(source, resource, version, changes) order by version), '[]')
              from activity.activity_event where version is not null),
             (select count(*) from activity.activity_event where version is not null),
             (select coalesce(sum(version), 0)::bigint from activity.inbox where aggregate not like '%/reference')",
    );
    let (events, kept, applied) = look.fetch_one(&mut connection).await?;
    connection.close().await?;
    let mut wrong = Vec::new();
    if kept != applied {
        wrong.push(format!("{kept} events are kept of {applied} that were applied"));
    }
    let mut states: HashMap<String, (i64, State)> = HashMap::new();
    for (source, resource, version, changes) in events.0 {
        let chain = format!("{source}: {resource}");
        let Some(before) = State::before(&resource) else {
            wrong.push(format!("{chain} is no resource of the contract"));
            continue;
        };
        let (last, state) = states.entry(chain.clone()).or_insert((0, before));
        if version <= *last {
            wrong.push(format!("{chain}: version {version} is there twice"));
        }
        *last = version;
        if let Err(mismatch) = state.apply(&changes_of(&changes)) {
            wrong.push(format!("{chain}: at version {version}, {mismatch}"));
        }
    }
    Ok(wrong)
}

/// Fails where a chain of events in the history of this world is broken: from the first event of each resource on, the old value
/// of each change is the new value of the one before, versions rise, and there are as many events as versions.
pub async fn assert_unbroken_chains(world: &World) {
    let broken = broken_chains(&world.mesh().database_url()).await.expect("the database answers");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn changes_of(changes: &Value) -> Vec<FieldChange> {
    let value = |value: Option<&Value>| value.cloned().map(to_proto);
    let changes = changes.as_array().into_iter().flatten().map(|change| FieldChange {
        field: change["field"].as_str().unwrap_or_default().to_owned(),
        old: value(change.get("old")),
        new: value(change.get("new")),
        ..FieldChange::default()
    });
    changes.collect()
}
