//! What the tables hold that no caller sees: left over, it would come out later.

use patron_tests::{World, holds};
use serde_json::Value;
use sqlx::PgPool;
use std::{collections::BTreeSet, time::Duration};
use uuid::Uuid;

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

    /// Runs a statement, and gives how many rows it concerned.
    pub(crate) async fn run(&self, statement: &'static str) -> u64 {
        #[expect(clippy::disallowed_methods, reason = "acts behind the scenes of several services")]
        let statement = sqlx::query(statement);
        statement.execute(&self.0).await.expect("the tables are these").rows_affected()
    }

    /// What a statement gives as JSON.
    pub(crate) async fn json(&self, statement: &'static str) -> Value {
        #[expect(clippy::disallowed_methods, reason = "looks behind the scenes of several services")]
        let statement = sqlx::query_scalar(statement);
        statement.fetch_one(&self.0).await.expect("the tables are these")
    }

    /// Visible customers, as one service knows them, each by its id.
    pub(crate) async fn customers(&self, service: &str) -> BTreeSet<Uuid> {
        let statement = match service {
            "profile" => "select customer_id from profile.customer where state = 'active'",
            "identity" => "select customer_id from identity.customer_ref where state = 'active'",
            "address" => "select customer_id from address.customer_ref where state = 'active'",
            "group" => "select customer_id from groups.customer_ref where state = 'active'",
            "activity" => "select customer_id from activity.customer_ref where state = 'active'",
            _ => panic!("{service} knows no customers"),
        };
        #[expect(clippy::disallowed_methods, reason = "looks behind the scenes of several services")]
        let statement = sqlx::query_scalar(statement);
        statement.fetch_all(&self.0).await.expect("the tables are these").into_iter().collect()
    }

    /// Fails where a service knows other customers than profile has. Gives how many there are.
    pub(crate) async fn assert_all_know_the_same(&self) -> usize {
        let there = self.customers("profile").await;
        for service in ["identity", "address", "group", "activity"] {
            let known = self.customers(service).await;
            let (missing, left) = (there.difference(&known).count(), known.difference(&there).count());
            assert_eq!((missing, left), (0, 0), "customers missing and left over at {service}");
        }
        there.len()
    }

    /// Waits until nothing is on its way from one service to another any more.
    pub(crate) async fn everything_is_delivered(&self) {
        self.everything_is_delivered_within(DELIVERED).await;
    }

    /// The same for what takes longer.
    pub(crate) async fn everything_is_delivered_within(&self, limit: Duration) {
        const WAITING: &str =
            "select (select count(*) from identity.queue) + (select count(*) from profile.queue)
             + (select count(*) from address.queue) + (select count(*) from groups.queue) where $1 = ''";
        holds("everything is delivered", limit, async || self.count(WAITING, "").await == 0).await;
    }
}
