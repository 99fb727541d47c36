//! Failures behind the back of the service.

use crate::fixture::World;
use sqlx::{Connection as _, Executor as _, PgConnection};

impl World {
    /// Renames a table behind the service's back: what needs it fails until it is named back.
    pub(crate) async fn rename_table(&self, from: &str, to: &str) {
        let mut owner = PgConnection::connect(self.database.owner_url()).await.unwrap();
        let statement = format!("alter table identity.{from} rename to {to}");
        owner.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
    }
}
