use super::{Creation, Lifecycle, PATIENCE, outages};
use crate::{
    customer::{Customer, State},
    error::Error,
    events,
    participants::is_outage,
    store::{
        self,
        saga::{Kind, Saga},
        tombstone::Tombstone,
    },
};
use patron_chassis::{fault, pg::Transaction, principal::Scope, status::Problem};
use patron_ledger::idempotency;
use patron_proto::{event::v1::ChangeContext, profile::internal::v1::SagaPlan};
use patron_values::id::CustomerId;
use prost::Message as _;
use sqlx::PgExecutor;
use std::slice;
use tonic::Status;

impl Lifecycle {
    /// Goes on with a saga that another process began.
    pub(super) async fn resume(&self, saga: Saga) -> Result<(), Error> {
        let plan = SagaPlan::decode(saga.plan.as_slice()).map_err(Problem::internal)?;
        match saga.kind {
            Kind::Creation => self.resume_creation(&saga, plan).await,
            Kind::Deletion => self.finish_deletion(&saga, &plan).await,
        }
    }

    async fn resume_creation(&self, saga: &Saga, plan: SagaPlan) -> Result<(), Error> {
        match find(self.customers.ledger.database(), saga.customer, State::Pending).await? {
            Some(pending) => self.finish_together(&[Creation { pending, plan }]).await.map(drop),
            // Another process ended it.
            None => Ok(()),
        }
    }

    /// Makes the calls of creations, then the customers visible. A refusal undoes the one that is refused; an outage leaves
    /// them to a later round.
    pub(super) async fn finish_creations(&self, creations: &[Creation]) -> Vec<Result<Customer, Error>> {
        match self.finish_together(creations).await {
            Ok(customers) => customers.into_iter().map(Ok).collect(),
            Err(error) if creations.len() < 2 || error.is_outage() => outages(error, creations.len()),
            Err(_) => {
                let mut results = Vec::with_capacity(creations.len());
                for creation in creations {
                    let alone = self.finish_together(slice::from_ref(creation)).await;
                    results.extend(alone.map_or_else(
                        |error| vec![Err(error)],
                        |customers| customers.into_iter().map(Ok).collect(),
                    ));
                }
                results
            }
        }
    }

    async fn finish_together(&self, creations: &[Creation]) -> Result<Vec<Customer>, Error> {
        let plans: Vec<_> = creations.iter().map(|creation| &creation.plan).collect();
        match (self.parts.create(&plans).await, creations) {
            (Ok(()), _) => self.complete(creations).await,
            (Err(status), _) if is_outage(&status) && self.is_young(creations) => {
                Err(Problem::Unavailable.into())
            }
            (Err(status), [creation]) => Ok(vec![self.give_up(creation, status).await?]),
            (Err(status), _) => Err(Error::Refused(Box::new(status))),
        }
    }

    /// Whether there is patience left with all of them.
    fn is_young(&self, creations: &[Creation]) -> bool {
        let now = self.customers.ledger.now();
        creations.iter().all(|creation| now - creation.pending.created_at < PATIENCE)
    }

    async fn complete(&self, creations: &[Creation]) -> Result<Vec<Customer>, Error> {
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
        self.tell_created(&mut transaction, &whole, &context_of(&first.plan)).await?;
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
    async fn give_up(&self, creation: &Creation, status: Status) -> Result<Customer, Error> {
        let Creation { pending, plan } = creation;
        let mut transaction = self.customers.ledger.database().begin().await?;
        if store::customer::lock(&mut transaction, pending.id, Scope::All, State::Pending).await?.is_none() {
            drop(transaction);
            return self.customers.find(pending.id, Scope::All).await;
        }
        idempotency::Request::forget(&mut transaction, pending.id.0).await?;
        self.bury(&mut transaction, pending, &context_of(plan), None).await?;
        transaction.commit().await?;
        if is_outage(&status) {
            Err(Problem::Unavailable.into())
        } else {
            Err(Error::Refused(Box::new(status)))
        }
    }

    /// Revokes the sign-in, then removes the customer. Where identity does not answer, a later round goes on.
    pub(super) async fn finish_deletion(&self, saga: &Saga, plan: &SagaPlan) -> Result<(), Error> {
        if let Err(status) = self.parts.revoke(saga.customer.resource_name(), plan).await {
            tracing::warn!(customer = %saga.customer, code = ?status.code(), "sign-in was not revoked");
            return Err(Problem::Unavailable.into());
        }
        fault::point("deletion.after_revoke");
        let mut transaction = self.customers.ledger.database().begin().await?;
        if store::customer::lock(&mut transaction, saga.customer, Scope::All, State::Deleting)
            .await?
            .is_some()
        {
            let old = find(&mut transaction, saga.customer, State::Deleting).await?;
            let old = old.ok_or(Error::NotFound(saga.customer))?;
            self.bury(&mut transaction, &old, &context_of(plan), Some("customer.deleted")).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Tells of customers that are now whole.
    pub(super) async fn tell_created(
        &self,
        transaction: &mut Transaction,
        customers: &[Customer],
        context: &ChangeContext,
    ) -> Result<(), Error> {
        let events = customers.iter().flat_map(|customer| {
            let history = events::history("customer.created", None, Some(customer), customer.version);
            events::references(customer).into_iter().chain(history)
        });
        let at = self.customers.ledger.now();
        Ok(self.customers.ledger.outbox().publish(transaction, context, at, events.collect()).await?)
    }

    /// Replaces a customer by a tombstone and tells of its end; with `kind` history does too.
    async fn bury(
        &self,
        transaction: &mut Transaction,
        customer: &Customer,
        context: &ChangeContext,
        kind: Option<&'static str>,
    ) -> Result<(), Error> {
        let now = self.customers.ledger.now();
        let tombstone =
            Tombstone { customer: customer.id, reference_version: customer.reference_version + 1 };
        store::customer::delete(transaction, customer.id).await?;
        store::tombstone::insert(transaction, tombstone, now).await?;
        let history = kind.and_then(|kind| events::history(kind, Some(customer), None, customer.version + 1));
        let events = history.into_iter().chain([events::end(tombstone)]).collect();
        Ok(self.customers.ledger.outbox().publish(transaction, context, now, events).await?)
    }
}

async fn find(
    executor: impl PgExecutor<'_>,
    customer: CustomerId,
    state: State,
) -> Result<Option<Customer>, Error> {
    Ok(store::customer::find_all(executor, &[customer], Scope::All, state).await?.pop())
}

fn context_of(plan: &SagaPlan) -> ChangeContext {
    plan.context.clone().unwrap_or_default()
}
