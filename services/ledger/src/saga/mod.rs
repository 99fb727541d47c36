//! What is done in several services, and ends whole or not at all although no transaction spans them.
//!
//! A [`Saga`] has steps, each a call forward and the call that compensates it. It is stored in the transaction that starts it, as a job
//! of the [queue](crate::queue): lease, backoff, dead letters, metrics and alerts are those of every job. The process that starts it
//! holds the lease and takes the steps at once; where that process dies, or a participant does not answer, any replica goes on later,
//! from the first step, so each must stand being taken again. Where a step is refused, or an outage lasts longer than the saga's
//! patience, the saga compensates from then on, from that step backwards, until that is done.
//!
//! A process may die of what it does. So a saga of which eight processes died compensates too, with as many attempts again; where those
//! fail as well, or where it only goes forward, it is a dead letter.
//!
//! The end is one transaction that also removes the job, and only whoever holds its lease can do that. So of two processes that work
//! on one saga, the second of which took the first for dead, one alone brings it to an end.

mod advance;
mod resume;
mod store;

pub use self::advance::{Failure, Started};

use crate::queue::Queue;
use patron_chassis::{
    clock::Clock,
    ids::Ids,
    pg::{Database, Transaction},
    status::Problem,
};
use patron_values::id::CustomerId;
use std::{fmt, sync::Arc, time::Duration};
use tonic::{Code, Status};

/// What one kind of saga does.
///
/// Calls fail with the `Status` of the participant, of which [`is_outage`] says whether it may pass.
#[tonic::async_trait]
pub trait Saga: Send + Sync + 'static {
    /// Kind of its jobs.
    const KIND: &'static str;
    /// How long a participant may be away before what is done is compensated. `None` for a saga that only goes forward: outages are
    /// waited out, and a refusal is a fault, which becomes a dead letter.
    const PATIENCE: Option<Duration>;
    /// What is done, in order.
    const STEPS: &'static [Self::Step];

    /// One of its steps.
    type Step: fmt::Debug + Copy + Send + Sync;
    /// What is to be done for whom.
    type Plan: Send + Sync;
    /// What becomes of one that is complete.
    type Outcome: Send;

    /// The customers concerned, 1 to 100.
    fn customers(plan: &Self::Plan) -> Vec<CustomerId>;

    /// The plan as it is stored, without secrets: at most 4 MiB.
    fn encode(plan: &Self::Plan) -> Vec<u8>;

    /// A plan as it was stored, for these customers; `None` for what cannot be read.
    fn decode(payload: &[u8], customers: &[CustomerId]) -> Option<Self::Plan>;

    /// Whether a plan has something to do in a step. One that has not does not wait for its participant.
    fn needs(_plan: &Self::Plan, _step: Self::Step) -> bool {
        true
    }

    /// Takes a step for up to 100 plans that need it. What was done before changes nothing. Where one of them is refused, each is tried
    /// alone.
    async fn forward(&self, step: Self::Step, plans: &[&Self::Plan]) -> Result<(), Status>;

    /// Undoes a step that may have been taken, or undone before. What only an event undoes needs no call.
    async fn compensate(&self, _step: Self::Step, _plan: &Self::Plan) -> Result<(), Status> {
        Ok(())
    }

    /// Makes these plans complete, all steps of which were taken; the outcomes stand in their order. The sagas end in `transaction`.
    async fn complete(
        &self,
        transaction: &mut Transaction,
        plans: &[&Self::Plan],
    ) -> Result<Vec<Self::Outcome>, Status>;

    /// Makes a plan undone, all steps of which were compensated. The saga ends in `transaction`. For sagas with [`PATIENCE`](Self::PATIENCE).
    async fn abandon(&self, _transaction: &mut Transaction, _plan: &Self::Plan) -> Result<(), Status> {
        Err(Problem::internal("a saga that only goes forward was to compensate").into())
    }
}

/// Starts and advances sagas of one kind. Cheap to clone.
#[derive(Debug)]
pub struct Sagas<S> {
    saga: Arc<S>,
    database: Database,
    queue: Queue,
    clock: Clock,
    ids: Ids,
}

impl<S> Clone for Sagas<S> {
    fn clone(&self) -> Self {
        let Self { saga, database, queue, clock, ids } = self;
        Self {
            saga: saga.clone(),
            database: database.clone(),
            queue: queue.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        }
    }
}

impl<S: Saga> Sagas<S> {
    /// Sagas kept in the queue of `database`.
    pub fn new(saga: S, database: Database, clock: Clock, ids: Ids) -> Self {
        Self { saga: Arc::new(saga), queue: Queue::new(database.clone()), database, clock, ids }
    }

    /// The same on other connections.
    pub(crate) fn on(&self, database: Database) -> Self {
        Self { queue: Queue::new(database.clone()), database, ..self.clone() }
    }

    /// What it does.
    pub fn saga(&self) -> &S {
        &self.saga
    }

    /// The plans under way that concern a customer, the oldest first. Those that cannot be read are left out.
    pub async fn find(&self, customer: CustomerId) -> Result<Vec<S::Plan>, sqlx::Error> {
        let found = store::find(&self.database, S::KIND, customer).await?;
        Ok(found.iter().filter_map(|(payload, customers)| S::decode(payload, customers)).collect())
    }
}

/// Whether a failed call may succeed later as it is: the participant did not answer, or not in time, or stumbled.
pub fn is_outage(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Cancelled
            | Code::ResourceExhausted
            | Code::Internal
            | Code::Unknown
    )
}
