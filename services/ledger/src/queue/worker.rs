use super::{Job, LeaseLimits, MOST_ATTEMPTS, Queue, Settlement};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often the queue is looked at without a commit in this process: finds what became due, and what a replica left behind when it
/// died.
pub(crate) const POLL: Duration = Duration::from_millis(500);
/// Wait after the queue could not be read: long enough not to hammer a database that is down.
pub(crate) const AFTER_FAILURE: Duration = Duration::from_secs(1);

impl Queue {
    /// Does jobs of one kind until `stop`, so many at once. Each has its own task; its lease is renewed for as long as `work` takes, and
    /// what is under way at the stop is finished or, where the process does not wait for it, done again by another replica.
    pub async fn work<F>(
        self,
        kind: &'static str,
        concurrency: usize,
        stop: CancellationToken,
        work: impl Fn(Job) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Settlement> + Send + 'static,
    {
        let (work, places) = (Arc::new(work), Arc::new(Semaphore::new(concurrency)));
        let (mut under_way, mut written) = (JoinSet::new(), self.database.written());
        while !stop.is_cancelled() {
            // Before the look, so that a commit during it is not missed.
            let seen = written.borrow_and_update().get(kind).copied();
            while under_way.try_join_next().is_some() {}
            let Some(Ok(mut free)) = stop.run_until_cancelled(places.clone().acquire_owned()).await else {
                break;
            };
            while let Ok(more) = places.clone().try_acquire_owned() {
                free.merge(more);
            }
            let jobs = i64::try_from(free.num_permits()).unwrap_or(1);
            let limits = LeaseLimits { jobs, bytes: i64::MAX, whole_keys: false };
            let wait = match self.lease(kind, limits).await {
                Ok(batch) => {
                    let lease = batch.lease();
                    for job in batch.jobs {
                        let (queue, work, place) = (self.clone(), work.clone(), free.split(1));
                        under_way.spawn(async move {
                            queue.do_one(lease, job, work.as_ref()).await;
                            drop(place);
                        });
                    }
                    if free.num_permits() == 0 {
                        continue;
                    }
                    POLL
                }
                Err(error) => {
                    tracing::warn!(kind, error = %error, "the queue could not be read; the next round tries again");
                    AFTER_FAILURE
                }
            };
            drop(free);
            let news = written.wait_for(|written| written.get(kind).copied() != seen);
            stop.run_until_cancelled(tokio::time::timeout(wait, news)).await;
        }
        while under_way.join_next().await.is_some() {}
    }

    async fn do_one<F: Future<Output = Settlement>>(&self, lease: Uuid, job: Job, work: &impl Fn(Job) -> F) {
        let id = job.id;
        let settlement = if job.attempts >= MOST_ATTEMPTS {
            Settlement::Dead("abandoned".to_owned())
        } else {
            self.renewing(lease, &[id], work(job.clone())).await
        };
        if let Err(error) = self.settle(lease, &[(job, settlement)]).await {
            tracing::warn!(job = id, error = %error, "a job could not be settled and will be done again");
        }
    }
}
