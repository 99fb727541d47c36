use super::{Lifecycle, PATIENCE};
use crate::{
    customer::{Customer, State},
    error::Error,
    parts::is_outage,
    store::{
        self,
        saga::{Kind, Saga},
        tombstone::Tombstone,
    },
    telling,
};
use patron_chassis::{
    fault, idempotency, pg::Transaction, principal::Scope, status::Problem, value::id::CustomerId,
};
use patron_proto::{event::v1::ChangeContext, profile::internal::v1::SagaPlan};
use prost::Message as _;
use sqlx::PgExecutor;
use tonic::Status;

impl Lifecycle {
    /// Goes on with a saga that another process began.
    pub(super) async fn resume(&self, saga: Saga) -> Result<(), Error> {
        let plan = SagaPlan::decode(saga.plan.as_slice()).map_err(Problem::internal)?;
        match saga.kind {
            Kind::Creation => self.resume_creation(&saga, &plan).await,
            Kind::Deletion => self.finish_deletion(&saga, &plan).await,
        }
    }

    async fn resume_creation(&self, saga: &Saga, plan: &SagaPlan) -> Result<(), Error> {
        match find(&self.records.database, saga.customer, State::Pending).await? {
            Some(pending) => self.finish_creation(saga, pending, plan).await.map(drop),
            // Another process ended it.
            None => Ok(()),
        }
    }

    /// Makes the calls of a creation, then the customer visible. A refusal undoes it all; an outage leaves it to a later
    /// round, as long as there is patience.
    pub(super) async fn finish_creation(
        &self,
        saga: &Saga,
        pending: Customer,
        plan: &SagaPlan,
    ) -> Result<Customer, Error> {
        match self.parts.create(plan).await {
            Ok(()) => self.complete(pending, plan).await,
            Err(status) if is_outage(&status) && self.records.clock.now() - saga.started_at < PATIENCE => {
                Err(Problem::Unavailable.into())
            }
            Err(status) => self.give_up(pending, plan, status).await,
        }
    }

    async fn complete(&self, pending: Customer, plan: &SagaPlan) -> Result<Customer, Error> {
        let customer =
            Customer { state: State::Active, reference_version: pending.reference_version + 1, ..pending };
        let mut transaction = self.records.database.begin().await?;
        if !store::customer::activate(&mut transaction, &customer).await? {
            // Another process was faster, to one end or the other.
            drop(transaction);
            return self.records.find(customer.id, Scope::All).await;
        }
        self.tell_created(&mut transaction, &customer, &context_of(plan)).await?;
        transaction.commit().await?;
        Ok(customer)
    }

    /// Undoes a creation: the customer never was, its email is free and its request can be tried again. What others made of
    /// it goes when they hear of it.
    async fn give_up(&self, pending: Customer, plan: &SagaPlan, status: Status) -> Result<Customer, Error> {
        let mut transaction = self.records.database.begin().await?;
        if !store::customer::lock(&mut transaction, pending.id, Scope::All, State::Pending).await? {
            drop(transaction);
            return self.records.find(pending.id, Scope::All).await;
        }
        idempotency::Request::forget(&mut transaction, pending.id.0).await?;
        self.bury(&mut transaction, &pending, &context_of(plan), None).await?;
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
        let mut transaction = self.records.database.begin().await?;
        if store::customer::lock(&mut transaction, saga.customer, Scope::All, State::Deleting).await? {
            let old = find(&mut transaction, saga.customer, State::Deleting).await?;
            let old = old.ok_or(Error::NotFound(saga.customer))?;
            self.bury(&mut transaction, &old, &context_of(plan), Some("customer.deleted")).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Tells of a customer that is now whole.
    pub(super) async fn tell_created(
        &self,
        transaction: &mut Transaction,
        customer: &Customer,
        context: &ChangeContext,
    ) -> Result<(), Error> {
        let history = telling::history("customer.created", None, Some(customer), customer.version);
        let drafts = telling::references(customer).into_iter().chain(history).collect();
        let at = self.records.clock.now();
        Ok(self.records.outbox.write(transaction, context, at, None, drafts).await?)
    }

    /// Replaces a customer by a tombstone and tells of its end; with `kind` history does too.
    async fn bury(
        &self,
        transaction: &mut Transaction,
        customer: &Customer,
        context: &ChangeContext,
        kind: Option<&'static str>,
    ) -> Result<(), Error> {
        let now = self.records.clock.now();
        let tombstone =
            Tombstone { customer: customer.id, reference_version: customer.reference_version + 1 };
        store::customer::delete(transaction, customer.id).await?;
        store::tombstone::insert(transaction, tombstone, now).await?;
        let history =
            kind.and_then(|kind| telling::history(kind, Some(customer), None, customer.version + 1));
        let drafts = history.into_iter().chain([telling::end(tombstone)]).collect();
        Ok(self.records.outbox.write(transaction, context, now, None, drafts).await?)
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
