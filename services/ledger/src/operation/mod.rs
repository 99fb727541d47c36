//! Work that takes longer than a request: a resource that callers follow (AIP-151), and a job of the [queue](crate::queue) that does it.
//!
//! [`Work`] says what is done. It notes how far it has come after each part, from where another process goes on when this one dies, and
//! learns in doing so that it was cancelled. What becomes of it is kept for 30 days.

mod rpc;
mod run;
mod store;

pub(crate) use self::{rpc::OperationRpc, store::delete_old};
pub use self::{
    run::{Progress, perform},
    store::{Counts, Operation, end_abandoned},
};

use crate::queue::{NewJob, Queue};
use patron_chassis::{clock::Clock, ids::Ids, pg::Transaction, status::Problem};
use patron_values::id::OperationId;
use prost::{Message, Name};
use tonic::Status;

/// What one kind of operation does.
#[tonic::async_trait]
pub trait Work: Send + Sync + 'static {
    /// What it is called, for callers and in the queue: no name of a service, and of no saga.
    const KIND: &'static str;

    /// What is to be done; at most 1 MiB.
    type Argument: Message + Default;
    /// How far it has come; at most 64 KiB.
    type Place: Message + Default;
    /// What it comes to; at most 1 MiB.
    type Response: Message + Name;

    /// Does it, from `place` on, which is empty at first. Each part may be done again, where the process dies before it has noted that.
    /// Where this fails because something does not answer, it is tried again from the last place: for about
    /// two minutes where it comes no further.
    async fn run(
        &self,
        argument: Self::Argument,
        place: Self::Place,
        progress: &Progress<Self::Place>,
    ) -> Result<Self::Response, Stop>;
}

/// Why work stops before its end.
#[derive(Debug)]
pub enum Stop {
    /// It was cancelled.
    Cancelled,
    /// Another process goes on with the operation, or ended it.
    Elsewhere,
    /// Something went wrong.
    Failed(Status),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem.into())
    }
}

/// Starts operations. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Operations {
    clock: Clock,
    ids: Ids,
}

impl Operations {
    /// Operations that begin by this clock.
    pub fn new(clock: Clock, ids: Ids) -> Self {
        Self { clock, ids }
    }

    /// Stores an operation, which begins once `transaction` is committed. `started_by` is the resource name of the caller.
    pub async fn start<W: Work>(
        &self,
        transaction: &mut Transaction,
        argument: &W::Argument,
        started_by: String,
    ) -> Result<Operation, sqlx::Error> {
        let id: OperationId = self.ids.next();
        let new = store::NewOperation { id, kind: W::KIND, started_by, argument: argument.encode_to_vec() };
        let operation = store::insert(transaction, new, self.clock.now()).await?;
        let job = NewJob::new(W::KIND, Some(id.to_string()), Vec::new());
        Queue::enqueue(transaction, vec![job]).await?;
        Ok(operation)
    }
}
