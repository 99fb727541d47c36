use super::{
    Saga, Sagas,
    advance::{Started, UnderWay},
};
use crate::queue::{AFTER_FAILURE, Batch, MOST_ATTEMPTS, POLL, Settlement, Share};
use std::sync::Arc;
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Sagas leased together: what participants take in one call, and plans that fit into memory.
const SHARE: Share = Share { jobs: 100, bytes: 8 << 20, whole_keys: false };
/// Batches under way at once.
const BATCHES: usize = 16;

impl<S: Saga> Sagas<S> {
    /// Goes on, until `stop`, with sagas whose process is gone or whose participants were away.
    pub async fn resume(self, stop: CancellationToken) {
        let places = Arc::new(Semaphore::new(BATCHES));
        let (mut under_way, mut written) = (JoinSet::new(), self.database.written());
        while !stop.is_cancelled() {
            // Before the look, so that a commit during it is not missed.
            let seen = written.borrow_and_update().get(S::KIND).copied();
            while under_way.try_join_next().is_some() {}
            let place = stop.run_until_cancelled(places.clone().acquire_owned()).await;
            let Some(Ok(place)) = place else { break };
            let wait = match self.queue.lease(S::KIND, SHARE).await {
                Ok(batch) if batch.jobs.is_empty() => POLL,
                Ok(batch) => {
                    let this = self.clone();
                    under_way.spawn(async move {
                        this.resume_batch(batch).await;
                        drop(place);
                    });
                    continue;
                }
                Err(error) => {
                    tracing::warn!(kind = S::KIND, %error, "sagas could not be read; the next round tries again");
                    AFTER_FAILURE
                }
            };
            let news = written.wait_for(|written| written.get(S::KIND).copied() != seen);
            drop(stop.run_until_cancelled(tokio::time::timeout(wait, news)).await);
        }
        while under_way.join_next().await.is_some() {}
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
