use super::{
    Batch, Job, MOST_ATTEMPTS, Queue, Settlement,
    rounds::{Concurrency, Next},
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::OwnedSemaphorePermit, task::JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

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
        let work = Arc::new(work);
        let begin = |batch: Batch, mut free: OwnedSemaphorePermit, under_way: &mut JoinSet<()>| {
            let lease = batch.lease();
            for job in batch.jobs {
                let (queue, work, permit) = (self.clone(), work.clone(), free.split(1));
                under_way.spawn(async move {
                    queue.do_one(lease, job, work.as_ref()).await;
                    drop(permit);
                });
            }
            if free.num_permits() == 0 { Next::AtOnce } else { Next::After(Duration::ZERO) }
        };
        self.rounds(kind, Concurrency::Jobs(concurrency), stop, begin).await;
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
