use super::connection::Lease;
use crate::fault;
use std::collections::HashMap;
use tokio::sync::watch;

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
    lease: Lease,
    woken: Vec<&'static str>,
    written: watch::Sender<Written>,
}

impl Transaction {
    /// Begins on a connection.
    pub(super) async fn begin(
        mut lease: Lease,
        written: watch::Sender<Written>,
    ) -> Result<Self, sqlx::Error> {
        lease.begin().await?;
        Ok(Self { lease, woken: Vec::new(), written })
    }

    /// Makes all of it stand. Where this fails, it is not known whether it does: the caller repeats it with the same
    /// `request_id`.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        fault::point("transaction.before_commit");
        self.lease.commit().await?;
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

    pub(super) fn lease(&mut self) -> &mut Lease {
        &mut self.lease
    }
}
