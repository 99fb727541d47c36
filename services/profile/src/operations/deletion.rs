use super::{Customers, customer::context_of, saga::LEASE};
use crate::{
    customer::{Customer, State},
    error::Error,
    events,
    participants::Participants,
    store::{
        self,
        saga::{Kind, Saga},
    },
};
use patron_chassis::{fault, principal::Scope, status::Problem};
use patron_ledger::change::{self, Caller, Resource as _};
use patron_proto::profile::internal::v1::SagaPlan;
use patron_values::id::CustomerId;
use prost::Message as _;
use std::slice;

/// Deletes customers, in every service that keeps something of them.
#[derive(Clone)]
pub struct Deletions {
    /// The customers.
    pub customers: Customers,
    /// What other services keep of them.
    pub participants: Participants,
}

/// The deletion of one customer, from its mark on.
pub(super) struct Deletion {
    pub(super) customer: Customer,
    pub(super) plan: SagaPlan,
}

impl Deletions {
    /// Deletes a customer. Once it answers, nobody signs in as the customer and no service takes a write for it; what others keep
    /// goes by event. A repeat answers when the first has come as far.
    pub async fn delete(&self, customer: CustomerId, etag: &str, caller: &Caller) -> Result<(), Error> {
        let deletion = match self.start(customer, etag, caller).await? {
            Some(deletion) => deletion,
            None => match self.under_way(customer, caller).await? {
                Some(deletion) => deletion,
                None => return Ok(()),
            },
        };
        self.advance(slice::from_ref(&deletion)).await
    }

    /// Marks the customer, whom from now on nobody sees; `None` where the same request did so before.
    async fn start(
        &self,
        customer: CustomerId,
        etag: &str,
        caller: &Caller,
    ) -> Result<Option<Deletion>, Error> {
        let opened =
            self.customers.ledger.change(caller).open_deletion(&self.customers, customer, etag).await?;
        let (mut locked, old) = match opened {
            change::Deletion::Absent => return Err(Error::NotFound(customer)),
            change::Deletion::Replayed => return Ok(None),
            change::Deletion::Opened(locked, old) => (locked, old),
        };
        let now = self.customers.ledger.now();
        let reference_version = old.reference_version + 1;
        let customer = Customer { state: State::Deleting, reference_version, ..old };
        store::customer::update_state(&mut locked, &customer).await?;
        let plan = SagaPlan { context: Some(caller.context.clone()), ..SagaPlan::default() };
        let saga =
            Saga { customer: customer.id, kind: Kind::Deletion, plan: plan.encode_to_vec(), started_at: now };
        store::saga::insert_all(&mut locked, slice::from_ref(&saga), LEASE).await?;
        let references = events::references(&customer).into();
        self.customers.ledger.outbox().publish(&mut locked, &caller.context, now, references).await?;
        locked.commit().await?;
        fault::point("deletion.after_start");
        Ok(Some(Deletion { customer, plan }))
    }

    /// The deletion that an earlier request started and nobody ended yet.
    async fn under_way(&self, customer: CustomerId, caller: &Caller) -> Result<Option<Deletion>, Error> {
        let database = self.customers.ledger.database();
        let customer = self.customers.find_in(database, customer, State::Deleting).await?;
        let plan = SagaPlan { context: Some(caller.context.clone()), ..SagaPlan::default() };
        Ok(customer.map(|customer| Deletion { customer, plan }))
    }

    /// Has every service refuse what comes for these customers, then removes them. Where a service does not answer, a later round
    /// goes on.
    pub(super) async fn advance(&self, deletions: &[Deletion]) -> Result<(), Error> {
        let ledger = &self.customers.ledger;
        let marked = deletions.iter().map(|Deletion { customer, plan }| (customer, context_of(plan)));
        if let Err(status) = self.participants.mark(&ledger.outbox(), ledger.now(), marked).await {
            tracing::warn!(code = ?status.code(), "a service was not told of deletions; a later round goes on");
            return Err(Problem::Unavailable.into());
        }
        fault::point("deletion.after_mark");
        for deletion in deletions {
            self.complete(deletion).await?;
        }
        Ok(())
    }

    async fn complete(&self, Deletion { customer, plan }: &Deletion) -> Result<(), Error> {
        let mut transaction = self.customers.ledger.database().begin().await?;
        let deleting =
            store::customer::lock(&mut transaction, customer.id, Scope::All, State::Deleting).await?;
        // Another process may have been faster.
        if deleting.is_some() {
            let [.., deleted] = Customer::EVENTS;
            self.customers.tombstone(&mut transaction, customer, &context_of(plan), Some(deleted)).await?;
            transaction.commit().await?;
        }
        Ok(())
    }
}
