//! What goes wrong, one thing at a time.

use super::super::{
    load::load, refused::Flood, revocations::revoke, scale::Scale, silent::Silence, unread::Unread,
};
use crate::behind::Behind;
use patron_local::postgres::Postgres;
use patron_tests::World;
use sqlx::{Connection as _, PgConnection};
use std::time::Duration;
use tokio::time::sleep;

/// Requests a second that are refused.
const REFUSED: f64 = 400.0;

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    Killed(&'static str),
    Suspended(&'static str),
    PostgresKilled,
    /// A table that a participant writes is locked: creations and deletions are left half-way.
    Locked,
    Silence,
    Unread,
    Refusals,
    Revocations,
    Poison,
}

impl Trouble {
    pub(super) const ALL: [Self; 17] = [
        Self::Killed("identity"),
        Self::Killed("profile"),
        Self::Killed("address"),
        Self::Killed("group"),
        Self::Killed("activity"),
        Self::Suspended("identity"),
        Self::Suspended("profile"),
        Self::Suspended("address"),
        Self::Suspended("group"),
        Self::Suspended("activity"),
        Self::PostgresKilled,
        Self::Locked,
        Self::Silence,
        Self::Unread,
        Self::Refusals,
        Self::Revocations,
        Self::Poison,
    ];
}

/// What trouble is made with.
pub(super) struct Bed<'w> {
    pub(super) world: &'w World,
    pub(super) scale: Scale,
    pub(super) behind: &'w Behind,
    pub(super) postgres: Postgres,
}

impl Bed<'_> {
    /// Lets something go wrong for a time, and then ends it.
    pub(super) async fn strike(&mut self, trouble: Trouble, lasts: Duration) {
        let (world, mesh) = (self.world, self.world.mesh());
        match trouble {
            Trouble::Killed(service) => {
                mesh.kill(service).await.expect("a process can be killed");
                sleep(lasts).await;
                mesh.start_again(service).await.expect("the service starts");
            }
            Trouble::Suspended(service) => {
                mesh.suspend(service).expect("a process can be suspended");
                sleep(lasts).await;
                mesh.resume(service).expect("a process can be resumed");
            }
            Trouble::PostgresKilled => {
                self.postgres.kill().await.expect("Postgres can be killed");
                self.postgres.start_again().await.expect("Postgres starts again");
            }
            Trouble::Locked => {
                let connection = PgConnection::connect(mesh.database_url().as_str()).await;
                let mut holder = connection.expect("the database is there");
                let mut lock = holder.begin().await.expect("the database is there");
                #[expect(clippy::disallowed_methods, reason = "holds up a service")]
                let hold = sqlx::query("lock table address.customer_ref in exclusive mode");
                hold.execute(&mut *lock).await.expect("the table is there");
                sleep(lasts).await;
                lock.rollback().await.expect("the database is there");
            }
            Trouble::Silence => {
                let silence = Silence::begin(world, self.scale).await;
                sleep(lasts).await;
                drop(silence);
            }
            Trouble::Unread => {
                let unread = Unread::begin(world, None).await;
                sleep(lasts).await;
                drop(unread);
            }
            Trouble::Refusals => {
                let flood = Flood::prepare(world).await;
                load(self.scale.rate(REFUSED), |number| flood.send(number), sleep(lasts)).await;
            }
            Trouble::Revocations => {
                revoke(self.scale, self.behind).await;
            }
            // For a consumer of snapshots, of a customer who never was.
            Trouble::Poison => {
                self.behind
                    .run(
                        "insert into profile.queue (kind, key, version, payload)
                         values ('address', 'customers/' || gen_random_uuid() || '/reference', 1, '\\xff')",
                    )
                    .await;
            }
        }
    }

    /// Events that were given up.
    pub(super) async fn dead_letters(&self) -> i64 {
        self.behind
            .count(
                "select (select count(*) from identity.queue where dead_at is not null)
                 + (select count(*) from profile.queue where dead_at is not null)
                 + (select count(*) from address.queue where dead_at is not null)
                 + (select count(*) from groups.queue where dead_at is not null) where $1 = ''",
                "",
            )
            .await
    }
}
