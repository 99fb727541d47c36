use super::connection::Lease;
use crate::{fault, peer::Peer};
use std::collections::HashMap;
use tokio::sync::watch;

/// How many transactions of this process had something for each consumer.
pub type Written = HashMap<Peer, u64>;

/// A transaction: nothing of it stands until [`commit`](Self::commit), and dropping it undoes it.
///
/// Lock the customer, or whatever is changed, first: then two transactions wait for each other in one order. Where Postgres ends
/// one for a deadlock all the same, the caller gets UNAVAILABLE and may try again.
///
/// Use it only in a task that nobody drops half-way; the server sees to that for every RPC that writes.
#[derive(Debug)]
pub struct Transaction {
    lease: Lease,
    woken: Vec<Peer>,
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
            for consumer in self.woken {
                *written.entry(consumer).or_default() += 1;
            }
        });
        Ok(())
    }

    /// Once this is committed, there is something to send to `consumer`.
    pub fn wake(&mut self, consumer: Peer) {
        if !self.woken.contains(&consumer) {
            self.woken.push(consumer);
        }
    }

    pub(super) fn lease(&mut self) -> &mut Lease {
        &mut self.lease
    }
}
