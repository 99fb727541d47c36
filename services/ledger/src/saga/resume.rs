use super::{
    Saga, Sagas,
    advance::{Started, UnderWay},
};
use crate::queue::{Batch, Concurrency, LeaseLimits, MOST_ATTEMPTS, Next, Settlement};
use std::time::Duration;
use tokio::{sync::OwnedSemaphorePermit, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Sagas leased together: what participants take in one call, and plans that fit into memory.
const LIMITS: LeaseLimits = LeaseLimits { jobs: 100, bytes: 8 << 20, whole_keys: false };
/// Batches under way at once.
const BATCHES: usize = 16;

impl<S: Saga> Sagas<S> {
    /// Goes on, until `stop`, with sagas whose process is gone or whose participants were away.
    pub async fn resume(self, stop: CancellationToken) {
        let begin = |batch: Batch, permit: OwnedSemaphorePermit, under_way: &mut JoinSet<()>| {
            if batch.jobs.is_empty() {
                return Next::After(Duration::ZERO);
            }
            let this = self.clone();
            under_way.spawn(async move {
                this.resume_batch(batch).await;
                drop(permit);
            });
            Next::AtOnce
        };
        self.queue.rounds(S::KIND, Concurrency::Batches(BATCHES, LIMITS), stop, begin).await;
    }

    async fn resume_batch(&self, batch: Batch) {
        let lease = batch.lease();
        let (mut sagas, mut unfit) = (Vec::with_capacity(batch.jobs.len()), Vec::new());
        for mut job in batch.jobs {
            let payload = job.payload.take().unwrap_or_default();
            let Some(plan) = S::decode(&payload, job.customers.as_deref().unwrap_or_default()) else {
                tracing::error!(kind = S::KIND, job = job.id, "a saga cannot be read");
                unfit.push((job, Settlement::Dead("undecodable".to_owned())));
                continue;
            };
            let goes_back = S::PATIENCE.is_some() && job.compensates_from.is_none();
            if job.attempts >= MOST_ATTEMPTS && goes_back {
                // Whoever took its steps died each time. It holds what others may want, so it is undone.
                match self.begin_compensation(lease, &job, S::STEPS.len()).await {
                    Ok(Some((job, _))) => sagas.push(UnderWay { job, plan }),
                    Ok(None) => {}
                    Err(error) => {
                        tracing::warn!(kind = S::KIND, job = job.id, %error, "a saga could not begin to compensate");
                    }
                }
            } else if job.attempts >= MOST_ATTEMPTS {
                unfit.push((job, Settlement::Dead("abandoned".to_owned())));
            } else {
                sagas.push(UnderWay { job, plan });
            }
        }
        if let Err(error) = self.queue.settle(lease, &unfit).await {
            tracing::warn!(kind = S::KIND, %error, "sagas could not be settled");
        }
        self.advance(Started { lease, sagas }).await;
    }
}
