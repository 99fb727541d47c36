//! The beginning and the end of customers, which go through several services: a saga that is stored before its first call,
//! taken up again by any replica, and ends whole or absent.

mod begin;
mod finish;

pub use self::begin::New;

use crate::{
    customer::Customer,
    error::Error,
    operations::Customers,
    participants::Participants,
    store::{
        self,
        saga::{Kind, Saga},
    },
};
use patron_chassis::status::Problem;
use patron_proto::profile::internal::v1::SagaPlan;
use prost::Message as _;
use std::{iter, time::Duration};
use tokio_util::sync::CancellationToken;

/// How long a process is left alone with a saga. Longer than its calls take, which the deadline of a request bounds.
const LEASE: Duration = Duration::from_secs(8);
/// How often sagas are looked for whose process is gone.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Sagas taken over at once.
const TAKEN_OVER: i64 = 50;
/// After this time a creation whose peers do not answer is given up: with the lease and the interval it ends, one way or the
/// other, within 30 s.
const PATIENCE: Duration = Duration::from_secs(15);

/// The creation of one customer, from its record on.
struct Creation {
    pending: Customer,
    /// The calls to make, with the password where it is still known.
    plan: SagaPlan,
}

impl Creation {
    /// As it is stored: a saga that is taken up again no longer has the password.
    fn saga(&self) -> Saga {
        let mut plan = self.plan.clone();
        if let Some(account) = plan.account.as_mut().and_then(|call| call.account.as_mut()) {
            account.password.clear();
        }
        Saga {
            customer: self.pending.id,
            kind: Kind::Creation,
            plan: plan.encode_to_vec(),
            started_at: self.pending.created_at,
        }
    }
}

/// What so many customers hear of an outage that met them together.
fn outages<T>(error: Error, customers: usize) -> Vec<Result<T, Error>> {
    let others = (1..customers).map(|_| Err(Problem::Unavailable.into()));
    iter::once(Err(error)).chain(others).take(customers).collect()
}

/// Creates and deletes customers.
#[derive(Clone)]
pub struct Lifecycle {
    /// The customers.
    pub customers: Customers,
    /// What other services keep of a customer.
    pub parts: Participants,
}

impl Lifecycle {
    /// Takes up what other processes, or this one before it was started again, left half-way; until `stop`.
    pub async fn reconcile(self, stop: CancellationToken) {
        let mut interval = tokio::time::interval(LOOK_EVERY);
        while stop.run_until_cancelled(interval.tick()).await.is_some() {
            let sagas = match store::saga::take_over(self.customers.ledger.database(), TAKEN_OVER, LEASE)
                .await
            {
                Ok(sagas) => sagas,
                Err(error) => {
                    tracing::warn!(error = %error, "unfinished creations and deletions could not be read; the next round tries again");
                    continue;
                }
            };
            for saga in sagas {
                let (customer, kind) = (saga.customer, saga.kind);
                if let Err(error) = self.resume(saga).await {
                    tracing::warn!(%customer, ?kind, error = %error, "not finished; a later round goes on");
                }
            }
        }
    }
}
