use crate::fault;
use sqlx::{PgConnection, PgPool, Postgres};
use std::collections::HashMap;
use tokio::sync::watch;

/// The database of one service: statements that stand alone run on it, others in a [transaction](Self::begin).
#[derive(Clone, Debug)]
pub struct Database {
    pool: PgPool,
    written: watch::Sender<Written>,
}

/// How many transactions of this process left jobs of each kind.
pub type Written = HashMap<&'static str, u64>;

/// A transaction: nothing of it stands until [`commit`](Self::commit), and dropping it undoes it.
///
/// Lock the customer, or whatever is changed, first: then two transactions wait for each other in one order. Where Postgres ends
/// one for a deadlock all the same, the caller is told to try again.
///
/// Use it only in a task that nobody drops half-way; the server sees to that for every RPC that writes.
#[derive(Debug)]
pub struct Transaction {
    inner: sqlx::Transaction<'static, Postgres>,
    woken: Vec<&'static str>,
    written: watch::Sender<Written>,
}

impl Database {
    /// The database behind `pool`.
    pub fn new(pool: PgPool) -> Self {
        Self { pool, written: watch::Sender::default() }
    }

    /// What it is reached through, for its age and counts. Statements run on it have no span.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Changes after each commit, so that relays and streams need not wait for their next round.
    pub fn written(&self) -> watch::Receiver<Written> {
        self.written.subscribe()
    }

    /// Begins a transaction, at Postgres's default isolation of "read committed".
    pub async fn begin(&self) -> Result<Transaction, sqlx::Error> {
        Ok(Transaction { inner: self.pool.begin().await?, woken: Vec::new(), written: self.written.clone() })
    }
}

impl Transaction {
    /// Makes all of it stand. Where this fails, it is not known whether it does: the caller repeats it with the same
    /// `request_id`.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        fault::point("transaction.before_commit");
        self.inner.commit().await?;
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

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}
