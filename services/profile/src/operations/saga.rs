//! Goes on with creations and deletions whose process is gone: each is stored before its first call, claimed by any replica, and ends
//! whole or absent.

use super::{Creations, Deletions, creation::Creation, deletion::Deletion};
use crate::{
    customer::State,
    error::Error,
    store::{
        self,
        saga::{Kind, Saga},
    },
};
use patron_proto::profile::internal::v1::SagaPlan;
use prost::Message as _;
use std::{collections::BTreeMap, time::Duration};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long a process is left alone with a saga. Longer than its calls take, which the deadline of a request bounds.
pub(super) const LEASE: Duration = Duration::from_secs(8);
/// How often sagas are looked for whose process is gone.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Sagas claimed at once: what participants take in one call.
const CLAIMED: i64 = 100;
/// Batches under way at once. A peer that hangs holds those that need it, and the others go on beside them.
const BATCHES: usize = 16;

/// Goes on with what other processes, or this one before it was started again, left half-way.
#[derive(Clone)]
pub struct Sagas {
    /// Creations.
    pub creations: Creations,
    /// Deletions.
    pub deletions: Deletions,
}

/// What sagas are advanced together: the same kind, with the same participants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Batch {
    Creations { account: bool, addresses: bool, memberships: bool },
    Deletions,
}

impl Batch {
    fn of(kind: Kind, plan: &SagaPlan) -> Self {
        match kind {
            Kind::Creation => Self::Creations {
                account: plan.account.is_some(),
                addresses: plan.addresses.is_some(),
                memberships: plan.memberships.is_some(),
            },
            Kind::Deletion => Self::Deletions,
        }
    }
}

impl Sagas {
    /// Claims sagas and goes on with them until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut under_way = JoinSet::new();
        let mut interval = tokio::time::interval(LOOK_EVERY);
        while stop.run_until_cancelled(interval.tick()).await.is_some() {
            // One claim after the other until none is left.
            while !stop.is_cancelled() {
                while under_way.len() >= BATCHES {
                    under_way.join_next().await;
                }
                match self.claim().await {
                    Ok(batches) if batches.is_empty() => break,
                    Ok(batches) => {
                        for (batch, sagas) in batches {
                            let this = self.clone();
                            under_way.spawn(async move { this.resume(batch, sagas).await });
                        }
                    }
                    Err(error) => {
                        tracing::warn!(error = %error, "unfinished creations and deletions could not be read; the next round tries again");
                        break;
                    }
                }
            }
            while under_way.try_join_next().is_some() {}
        }
        while under_way.join_next().await.is_some() {}
    }

    async fn claim(&self) -> Result<BTreeMap<Batch, Vec<(Saga, SagaPlan)>>, Error> {
        let database = self.creations.customers.ledger.database();
        let mut batches: BTreeMap<Batch, Vec<_>> = BTreeMap::new();
        for saga in store::saga::claim(database, CLAIMED, LEASE).await? {
            match SagaPlan::decode(saga.plan.as_slice()) {
                Ok(plan) => batches.entry(Batch::of(saga.kind, &plan)).or_default().push((saga, plan)),
                Err(error) => {
                    tracing::error!(customer = %saga.customer, error = %error, "a saga cannot be read");
                }
            }
        }
        Ok(batches)
    }

    async fn resume(&self, batch: Batch, sagas: Vec<(Saga, SagaPlan)>) {
        let count = sagas.len();
        let resumed = match batch {
            Batch::Creations { .. } => self.resume_creations(sagas).await,
            Batch::Deletions => self.resume_deletions(sagas).await,
        };
        if let Err(error) = resumed {
            tracing::warn!(count, error = %error, "creations or deletions were not finished; a later round goes on");
        }
    }

    async fn resume_creations(&self, sagas: Vec<(Saga, SagaPlan)>) -> Result<(), Error> {
        let pending = self.creations.customers.find_all_in(&ids(&sagas), State::Pending).await?;
        let mut plans: BTreeMap<_, _> = sagas.into_iter().map(|(saga, plan)| (saga.customer, plan)).collect();
        let creations: Vec<_> = pending
            .into_iter()
            .filter_map(|pending| Some(Creation { plan: plans.remove(&pending.id)?, pending }))
            .collect();
        let advanced = self.creations.advance(&creations).await;
        advanced.into_iter().find_map(Result::err).filter(Error::is_outage).map_or(Ok(()), Err)
    }

    async fn resume_deletions(&self, sagas: Vec<(Saga, SagaPlan)>) -> Result<(), Error> {
        let deleting = self.deletions.customers.find_all_in(&ids(&sagas), State::Deleting).await?;
        let mut plans: BTreeMap<_, _> = sagas.into_iter().map(|(saga, plan)| (saga.customer, plan)).collect();
        let deletions: Vec<_> = deleting
            .into_iter()
            .filter_map(|customer| Some(Deletion { plan: plans.remove(&customer.id)?, customer }))
            .collect();
        self.deletions.advance(&deletions).await
    }
}

fn ids(sagas: &[(Saga, SagaPlan)]) -> Vec<patron_values::id::CustomerId> {
    sagas.iter().map(|(saga, _)| saga.customer).collect()
}
