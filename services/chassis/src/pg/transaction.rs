use crate::fault;
use sqlx::{PgConnection, PgPool};
use tokio::sync::watch;

/// How often a transaction is run when Postgres picks it as the victim of a deadlock.
const ATTEMPTS: u32 = 3;

/// The database of one service: reads go to [`pool`](Self::pool), writes through [`transact`](Self::transact).
#[derive(Clone, Debug)]
pub struct Database {
    pool: PgPool,
    written: watch::Sender<()>,
}

/// An error that tells whether the transaction it ended may simply be run again.
pub trait Transient: From<sqlx::Error> {
    /// True for deadlocks and serialization failures: see [`is_transient`](super::is_transient).
    fn is_transient(&self) -> bool;
}

impl Transient for sqlx::Error {
    fn is_transient(&self) -> bool {
        super::is_transient(self)
    }
}

impl Database {
    /// The database behind `pool`.
    pub fn new(pool: PgPool) -> Self {
        Self { pool, written: watch::Sender::default() }
    }

    /// For statements that stand alone.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Changes after each commit, so that the relay need not wait for its next round.
    pub fn written(&self) -> watch::Receiver<()> {
        self.written.subscribe()
    }

    /// Says that something was committed outside of [`transact`](Self::transact).
    pub fn changed(&self) {
        self.written.send_replace(());
    }

    /// Runs `work` in one transaction: all of it stands, or nothing. It is run again where Postgres ended it for a deadlock,
    /// so it must have no effect outside the database.
    ///
    /// Call it only from a task that nobody drops half-way; the server sees to that for every RPC that writes.
    pub async fn transact<T, E: Transient>(&self, work: impl AsyncFn(&mut PgConnection) -> Result<T, E>) -> Result<T, E> {
        let mut attempt = 1;
        loop {
            let result = self.attempt(&work).await;
            match result {
                Err(error) if error.is_transient() && attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }

    async fn attempt<T, E: Transient>(&self, work: &impl AsyncFn(&mut PgConnection) -> Result<T, E>) -> Result<T, E> {
        let mut transaction = self.pool.begin().await?;
        let done = work(&mut transaction).await?;
        fault::point("database.before_commit");
        transaction.commit().await?;
        fault::point("database.after_commit");
        self.changed();
        Ok(done)
    }
}
