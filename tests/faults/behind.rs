//! What the tables hold that no caller sees: left over, it would come out later.

use patron_tests::{World, holds};
use sqlx::PgPool;
use std::time::Duration;

/// Time for what happened to be delivered to every service, with processes that start meanwhile.
const DELIVERED: Duration = Duration::from_secs(30);

/// The database of a world, looked at past its services.
pub(crate) struct Behind(PgPool);

impl Behind {
    /// Opens it.
    pub(crate) async fn of(world: &World) -> Self {
        let pool = PgPool::connect(world.mesh().database_url().as_str()).await;
        Self(pool.expect("the database is there"))
    }

    /// What a statement counts; its one parameter is `value`.
    pub(crate) async fn count(&self, statement: &'static str, value: &str) -> i64 {
        #[expect(clippy::disallowed_methods, reason = "looks behind the scenes of several services")]
        let statement = sqlx::query_scalar(statement);
        statement.bind(value).fetch_one(&self.0).await.expect("the tables are these")
    }

    /// Waits until nothing is on its way from one service to another any more.
    pub(crate) async fn everything_is_delivered(&self) {
        const WAITING: &str =
            "select (select count(*) from identity.queue) + (select count(*) from profile.queue)
             + (select count(*) from address.queue) + (select count(*) from groups.queue) where $1 = ''";
        holds("everything is delivered", DELIVERED, async || self.count(WAITING, "").await == 0).await;
    }
}
