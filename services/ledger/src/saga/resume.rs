use super::{
    Saga, Sagas,
    advance::{Started, UnderWay},
};
use crate::queue::{Batch, Concurrency, Job, LeaseLimits, MOST_ATTEMPTS, Next, Settlement};
use futures::future::join_all;
use std::{collections::BTreeMap, time::Duration};
use tokio::{sync::OwnedSemaphorePermit, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Sagas leased together: what participants take in one call, and plans that fit into memory.
const LIMITS: LeaseLimits = LeaseLimits { jobs: 100, bytes: 8 << 20, whole_keys: false };
/// Batches under way at once.
const BATCHES: usize = 16;

impl<S: Saga> Sagas<S> {
    /// Goes on, until `stop`, with sagas whose process is gone or whose participants were away. Those of a batch that need the same
    /// steps are advanced together, and beside the others: a participant that hangs delays only sagas that need it.
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
        let Sorted { groups, unfit } = sorted::<S>(batch.jobs);
        if let Err(error) = self.queue.settle(lease, &unfit).await {
            tracing::warn!(kind = S::KIND, %error, "sagas could not be settled");
        }
        join_all(groups.into_iter().map(|sagas| self.advance(Started { lease, sagas }))).await;
    }
}

/// What became due, by what is to be done with it.
struct Sorted<P> {
    /// Sagas that are advanced together.
    groups: Vec<Vec<UnderWay<P>>>,
    /// What no process can do.
    unfit: Vec<(Job, Settlement)>,
}

fn sorted<S: Saga>(jobs: Vec<Job>) -> Sorted<S::Plan> {
    let mut together: BTreeMap<Vec<bool>, Vec<_>> = BTreeMap::new();
    let (mut apart, mut unfit) = (Vec::new(), Vec::new());
    for mut job in jobs {
        let payload = job.payload.take().unwrap_or_default();
        match S::decode(&payload, job.customers.as_deref().unwrap_or_default()) {
            _ if job.attempts >= MOST_ATTEMPTS => unfit.push((job, Settlement::Dead("abandoned".to_owned()))),
            Some(plan) if job.compensates_from.is_some() => apart.push(vec![UnderWay { job, plan }]),
            Some(plan) => {
                let needs = S::STEPS.iter().map(|step| S::needs(&plan, *step)).collect();
                together.entry(needs).or_default().push(UnderWay { job, plan });
            }
            None => {
                tracing::error!(kind = S::KIND, job = job.id, "a saga cannot be read");
                unfit.push((job, Settlement::Dead("undecodable".to_owned())));
            }
        }
    }
    Sorted { groups: together.into_values().chain(apart).collect(), unfit }
}
