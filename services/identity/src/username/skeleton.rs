//! Fills in the skeletons of usernames that were stored before there were any.

use super::ROWS;
use crate::store::{self, username::Table};
use patron_chassis::pg::Database;
use patron_values::fold;
use std::{collections::HashSet, time::Duration};
use tokio_util::sync::CancellationToken;

/// Time after which it is tried again where the database failed.
const PAUSE: Duration = Duration::from_secs(10);

/// Fills in what is missing, and waits for `stop`. Until then uniqueness among look-alikes holds against newer names alone.
pub async fn run(database: Database, stop: CancellationToken) -> anyhow::Result<()> {
    let fill = async {
        for table in [Table::Customer, Table::Staff] {
            while let Err(error) = fill(&database, table).await {
                tracing::warn!(%error, "skeletons of usernames could not be stored; trying again");
                tokio::time::sleep(PAUSE).await;
            }
        }
    };
    if stop.run_until_cancelled(fill).await.is_some() {
        stop.cancelled().await;
    }
    Ok(())
}

/// Fills in the skeletons of one table. Of names that look alike the first keeps it.
pub async fn fill(database: &Database, table: Table) -> Result<(), sqlx::Error> {
    let mut after = String::new();
    loop {
        let keys = store::username::list_without_skeleton(database, table, &after, ROWS).await?;
        let Some(last) = keys.last() else { return Ok(()) };
        after.clone_from(last);
        let mut seen = HashSet::new();
        let (keys, skeletons): (Vec<_>, Vec<_>) = keys
            .into_iter()
            .map(|key| {
                let skeleton = fold::skeleton(&key);
                (key, skeleton)
            })
            .filter(|(_, skeleton)| seen.insert(skeleton.clone()))
            .unzip();
        store::username::update_skeletons(database, table, &keys, &skeletons).await?;
    }
}
