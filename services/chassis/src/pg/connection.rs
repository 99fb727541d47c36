use super::error::ends_session;
use crate::fault;
use sqlx::{Executor as _, PgConnection, PgPool, Postgres, pool::PoolConnection};
use std::{
    collections::HashMap,
    io::{Error, ErrorKind},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::timeout,
};

/// A connection of the pool, for one statement or one transaction, which nobody waits for without end.
///
/// Postgres can fall silent without a word: its machine or the network is lost, and nothing resets the connection. Its own timeouts
/// cannot help then, and sqlx 0.9 sets neither TCP's keepalive nor its user timeout and lets nobody set them. So each answer is
/// awaited for a while on this side, and a connection that gave none is closed, which makes room in the pool for a new one.
#[derive(Debug)]
pub(super) struct Connection {
    /// `None` once it has been closed.
    pooled: Option<PoolConnection<Postgres>>,
    /// Time for an answer.
    patience: Duration,
    /// Whether what was done on it is undone unless it is committed.
    in_transaction: bool,
    /// The right to hold it: kept until it is back in the pool.
    permit: Option<OwnedSemaphorePermit>,
}

impl Connection {
    /// Takes a connection of the pool, as soon as there is one.
    pub(super) async fn take(
        pool: &PgPool,
        patience: Duration,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<Self, sqlx::Error> {
        Ok(Self { pooled: Some(pool.acquire().await?), patience, in_transaction: false, permit })
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
        let exchange = within(self.patience, self.get()?.execute(statement)).await;
        self.settle(exchange).map(drop)
    }

    /// What sqlx has of it, for one exchange with Postgres: [`within`] limits its time, [`settle`](Self::settle) takes
    /// what came of it.
    pub(super) fn get(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        self.pooled.as_deref_mut().ok_or_else(silent)
    }

    /// Time for an answer.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// Closes the connection where an exchange shows that nothing more is to be had of it.
    pub(super) fn settle<T>(&mut self, exchange: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if exchange.as_ref().is_err_and(ends_session) {
            // Without a farewell, which could be waited for as well.
            drop(self.pooled.take().map(PoolConnection::detach));
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

impl Drop for Connection {
    fn drop(&mut self) {
        let Some(mut connection) = self.pooled.take() else { return };
        let (patience, in_transaction, permit) = (self.patience, self.in_transaction, self.permit.take());
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
            drop(permit);
        });
    }
}

/// How many transactions of this process left jobs of each kind.
pub type Written = HashMap<&'static str, u64>;

/// A transaction: nothing of it stands until [`commit`](Self::commit), and dropping it undoes it.
///
/// Lock the customer, or whatever is changed, first: then two transactions wait for each other in one order. Where Postgres ends
/// one for a deadlock all the same, the caller gets UNAVAILABLE and may try again.
///
/// Use it only in a task that nobody drops half-way; the server sees to that for every RPC that writes.
#[derive(Debug)]
pub struct Transaction {
    connection: Connection,
    woken: Vec<&'static str>,
    written: watch::Sender<Written>,
}

impl Transaction {
    /// Begins on a connection.
    pub(super) async fn begin(
        mut connection: Connection,
        written: watch::Sender<Written>,
    ) -> Result<Self, sqlx::Error> {
        connection.begin().await?;
        Ok(Self { connection, woken: Vec::new(), written })
    }

    /// Makes all of it stand. Where this fails, it is not known whether it does: the caller repeats it with the same
    /// `request_id`.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        fault::point("transaction.before_commit");
        self.connection.commit().await?;
        fault::point("transaction.after_commit");
        self.written.send_modify(|written| {
            for kind in self.woken {
                *written.entry(kind).or_default() += 1;
            }
        });
        Ok(())
    }

    /// Once this is committed, there are jobs of this kind to do.
    pub fn wake(&mut self, kind: &'static str) {
        if !self.woken.contains(&kind) {
            self.woken.push(kind);
        }
    }

    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }
}
