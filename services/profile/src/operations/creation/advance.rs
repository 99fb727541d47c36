use super::{Creation, Creations, outages};
use crate::{
    customer::{Customer, State},
    error::Error,
    operations::customer::context_of,
    participants::is_outage,
    store,
};
use patron_chassis::{principal::Scope, status::Problem};
use patron_ledger::idempotency;
use std::{slice, time::Duration};
use tonic::Status;

/// After this time a creation whose peers do not answer is compensated: with the lease and the interval it ends, one way or the
/// other, within 30 s.
const PATIENCE: Duration = Duration::from_secs(15);

impl Creations {
    /// Makes the calls of creations, then the customers visible. A refusal undoes the one that is refused; an outage leaves
    /// them to a later round, or undoes all where there is no patience left.
    pub(in crate::operations) async fn advance(
        &self,
        creations: &[Creation],
    ) -> Vec<Result<Customer, Error>> {
        let plans: Vec<_> = creations.iter().map(|creation| &creation.plan).collect();
        match self.participants.create(&plans).await {
            Ok(()) => self.complete(creations).await,
            Err(status) if is_outage(&status) && self.is_young(creations) => {
                outages(Problem::Unavailable.into(), creations.len())
            }
            // One of them is refused: each is tried by itself.
            Err(status) if !is_outage(&status) && creations.len() > 1 => {
                let mut results = Vec::with_capacity(creations.len());
                for creation in creations {
                    results.extend(Box::pin(self.advance(slice::from_ref(creation))).await);
                }
                results
            }
            Err(status) => {
                let mut results = Vec::with_capacity(creations.len());
                for creation in creations {
                    results.push(self.compensate(creation, &status).await);
                }
                results
            }
        }
    }

    /// Whether there is patience left with all of them.
    fn is_young(&self, creations: &[Creation]) -> bool {
        let now = self.customers.ledger.now();
        creations.iter().all(|creation| now - creation.pending.created_at < PATIENCE)
    }

    async fn complete(&self, creations: &[Creation]) -> Vec<Result<Customer, Error>> {
        match self.try_complete(creations).await {
            Ok(customers) => customers.into_iter().map(Ok).collect(),
            Err(error) => outages(error, creations.len()),
        }
    }

    async fn try_complete(&self, creations: &[Creation]) -> Result<Vec<Customer>, Error> {
        let Some(first) = creations.first() else { return Ok(Vec::new()) };
        let ids: Vec<_> = creations.iter().map(|creation| creation.pending.id).collect();
        let mut transaction = self.customers.ledger.database().begin().await?;
        let activated = store::customer::activate(&mut transaction, &ids).await?;
        let pending = creations.iter().map(|creation| creation.pending.clone());
        let whole: Vec<Customer> = pending
            .filter(|pending| activated.contains(&pending.id))
            .map(|pending| Customer {
                state: State::Active,
                reference_version: pending.reference_version + 1,
                ..pending
            })
            .collect();
        self.customers.publish_created(&mut transaction, &whole, &context_of(&first.plan)).await?;
        transaction.commit().await?;
        if whole.len() == ids.len() {
            return Ok(whole);
        }
        let mut customers = Vec::with_capacity(ids.len());
        for id in ids {
            customers.push(match whole.iter().find(|customer| customer.id == id) {
                Some(customer) => customer.clone(),
                // Another process was faster, to one end or the other.
                None => self.customers.find(id, Scope::All).await?,
            });
        }
        Ok(customers)
    }

    /// Undoes a creation: the customer never was, its email is free and its request can be tried again. What others made of
    /// it goes when they hear of it.
    async fn compensate(&self, creation: &Creation, status: &Status) -> Result<Customer, Error> {
        let Creation { pending, plan } = creation;
        let mut transaction = self.customers.ledger.database().begin().await?;
        if store::customer::lock(&mut transaction, pending.id, Scope::All, State::Pending).await?.is_none() {
            drop(transaction);
            return self.customers.find(pending.id, Scope::All).await;
        }
        idempotency::Request::forget(&mut transaction, pending.id.0).await?;
        self.customers.tombstone(&mut transaction, pending, &context_of(plan), None).await?;
        transaction.commit().await?;
        Err(if is_outage(status) {
            Problem::Unavailable.into()
        } else {
            Error::Refused(Box::new(status.clone()))
        })
    }
}
