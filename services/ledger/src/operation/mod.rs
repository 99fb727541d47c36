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
    store::{Counts, Operation, count_under_way, end_abandoned, find},
};

use crate::queue::{NewJob, Queue};
use patron_chassis::{
    clock::Clock, ids::Ids, permission::Permission, pg::Transaction, principal::Principal, status::Problem,
};
use patron_values::id::OperationId;
use prost::{Message, Name};
use std::time::Duration;
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

    /// What it does more closely, where the kind does not say it all.
    fn about(_argument: &Self::Argument) -> About {
        About::default()
    }

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

/// What an operation does more closely: for people, and for filters.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// One of a few words that its kind knows, at most 50 characters.
    pub action: &'static str,
    /// The name of the resource with which it does that, at most 100 characters.
    pub target: String,
}

/// Why work stops before its end.
#[derive(Debug)]
pub enum Stop {
    /// It was cancelled.
    Cancelled,
    /// Another process goes on with the operation, or ended it.
    Elsewhere,
    /// Nothing went wrong: it goes on from the last place after this time, and others that wait have their turn before.
    Later(Duration),
    /// Something went wrong.
    Failed(Status),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem.into())
    }
}

/// Whose operations a caller sees; `None` for those of all. Nobody follows any with a password that someone else set.
pub fn visible_to(principal: &Principal) -> Result<Option<String>, Problem> {
    if let Principal::User(user) = principal
        && user.must_change_password
    {
        return Err(Problem::PasswordChangeRequired);
    }
    Ok((!principal.may(Permission::SettingsManage)).then(|| principal.to_string()))
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
        let new = store::NewOperation {
            id,
            kind: W::KIND,
            about: W::about(argument),
            started_by,
            argument: argument.encode_to_vec(),
        };
        let operation = store::insert(transaction, new, self.clock.now()).await?;
        let job = NewJob::new(W::KIND, Some(id.to_string()), Vec::new());
        Queue::enqueue(transaction, vec![job]).await?;
        Ok(operation)
    }
}
