use super::error::ends_session;
use sqlx::{Executor as _, PgConnection, PgPool, Postgres, pool::PoolConnection};
use std::{
    io::{Error, ErrorKind},
    time::Duration,
};
use tokio::{sync::OwnedSemaphorePermit, time::timeout};

/// A connection of the pool, for one statement or one transaction, which nobody waits for without end.
///
/// Postgres can fall silent without a word: its machine or the network is lost, and nothing resets the connection. Its own timeouts
/// cannot help then, and sqlx 0.9 sets neither TCP's keepalive nor its user timeout and lets nobody set them. So each answer is
/// awaited for a while on this side, and a connection that gave none is closed, which makes room in the pool for a new one.
#[derive(Debug)]
pub(super) struct Lease {
    /// `None` once it has been closed.
    connection: Option<PoolConnection<Postgres>>,
    /// Time for an answer.
    patience: Duration,
    /// Whether what was done on it is undone unless it is committed.
    in_transaction: bool,
    /// The right to hold it: kept until it is back in the pool.
    place: Option<OwnedSemaphorePermit>,
}

impl Lease {
    /// Takes a connection of the pool, as soon as there is one or until the pool's own timeout.
    pub(super) async fn take(
        pool: &PgPool,
        patience: Duration,
        place: Option<OwnedSemaphorePermit>,
    ) -> Result<Self, sqlx::Error> {
        Ok(Self { connection: Some(pool.acquire().await?), patience, in_transaction: false, place })
    }

    /// Begins a transaction, at Postgres's default isolation of "read committed".
    pub(super) async fn begin(&mut self) -> Result<(), sqlx::Error> {
        // Before it is known whether it has begun: where that stays unknown, it is rolled back all the same.
        self.in_transaction = true;
        self.exchange("begin").await
    }

    /// Commits it.
    pub(super) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.exchange("commit").await?;
        self.in_transaction = false;
        Ok(())
    }

    async fn exchange(&mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        let exchange = within(self.patience, self.connection()?.execute(statement)).await;
        self.settle(exchange).map(drop)
    }

    /// The connection, for one exchange with Postgres: [`within`](Self::within) limits its time, [`settle`](Self::settle) takes
    /// what came of it.
    pub(super) fn connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        self.connection.as_deref_mut().ok_or_else(silent)
    }

    /// Time for an answer.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// Closes the connection where an exchange shows that nothing more is to be had of it.
    pub(super) fn settle<T>(&mut self, exchange: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if exchange.as_ref().is_err_and(ends_session) {
            // Without a farewell, which could be waited for as well.
            drop(self.connection.take().map(PoolConnection::detach));
        }
        exchange
    }
}

/// Waits for an exchange with Postgres, but not longer than `patience`.
pub(super) async fn within<T>(
    patience: Duration,
    exchange: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    timeout(patience, exchange).await.unwrap_or_else(|_| Err(silent()))
}

fn silent() -> sqlx::Error {
    sqlx::Error::Io(Error::new(ErrorKind::TimedOut, "Postgres fell silent"))
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let (patience, in_transaction, place) = (self.patience, self.in_transaction, self.place.take());
        // On its way back sqlx would await the end of what was under way, without limit and in a task of its own; here it is given
        // up like any other answer, and the connection is closed with it.
        #[expect(clippy::disallowed_methods, reason = "what sqlx does itself; it ends by its own limit")]
        tokio::spawn(async move {
            let rollback = async {
                if in_transaction { connection.execute("rollback").await.map(drop) } else { Ok(()) }
            };
            if within(patience, rollback).await.is_ok() {
                let _ = timeout(patience, connection.return_to_pool()).await;
            } else {
                drop(connection.detach());
            }
            drop(place);
        });
    }
}
