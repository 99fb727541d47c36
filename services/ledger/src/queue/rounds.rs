use super::{Batch, LeaseLimits, Queue};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

/// How often the queue is looked at without a commit in this process: finds what became due, and what a replica left behind when it
/// died.
const POLL: Duration = Duration::from_millis(500);
/// Wait after the queue could not be read: long enough not to hammer a database that is down.
pub(crate) const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What is under way at once.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Concurrency {
    /// So many jobs: each look leases as many as there are permits.
    Jobs(usize),
    /// So many batches of these limits: each look leases one.
    Batches(usize, LeaseLimits),
}

/// When to look again after a batch was begun.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Next {
    /// As soon as there is a permit: the queue may hold more.
    AtOnce,
    /// After so long, and then at the next commit of this process, or when [`POLL`] has passed.
    After(Duration),
}

impl Queue {
    /// Leases jobs of one kind, round by round until `stop`, and has each batch begun with its permits, as tasks that give them back.
    /// What is under way at the stop is awaited.
    pub(crate) async fn rounds(
        &self,
        kind: &'static str,
        concurrency: Concurrency,
        stop: CancellationToken,
        mut begin: impl FnMut(Batch, OwnedSemaphorePermit, &mut JoinSet<()>) -> Next,
    ) {
        let (Concurrency::Jobs(number) | Concurrency::Batches(number, _)) = concurrency;
        let semaphore = Arc::new(Semaphore::new(number));
        let (mut under_way, mut written) = (JoinSet::new(), self.database.written());
        while !stop.is_cancelled() {
            // Before the look, so that a commit during it is not missed.
            let seen = written.borrow_and_update().get(kind).copied();
            while under_way.try_join_next().is_some() {}
            let Some((free, limits)) = stop.run_until_cancelled(concurrency.take(&semaphore)).await else {
                break;
            };
            let next = match self.lease(kind, limits).await {
                Ok(batch) => begin(batch, free, &mut under_way),
                Err(error) => {
                    tracing::warn!(kind, %error, "the queue could not be read; the next round tries again");
                    Next::After(AFTER_FAILURE)
                }
            };
            let Next::After(rest) = next else { continue };
            let pause = async {
                tokio::time::sleep(rest).await;
                let news = written.wait_for(|written| written.get(kind).copied() != seen);
                drop(tokio::time::timeout(POLL, news).await);
            };
            stop.run_until_cancelled(pause).await;
        }
        while under_way.join_next().await.is_some() {}
    }
}

impl Concurrency {
    /// Waits for a permit, and says how much may be leased with what is free then.
    async fn take(self, semaphore: &Arc<Semaphore>) -> (OwnedSemaphorePermit, LeaseLimits) {
        let mut free = semaphore.clone().acquire_owned().await.expect("nobody closes the semaphore");
        let limits = match self {
            Self::Batches(_, limits) => limits,
            Self::Jobs(_) => {
                while let Ok(more) = semaphore.clone().try_acquire_owned() {
                    free.merge(more);
                }
                let jobs = i64::try_from(free.num_permits()).unwrap_or(1);
                LeaseLimits { jobs, bytes: i64::MAX, whole_keys: false }
            }
        };
        (free, limits)
    }
}
