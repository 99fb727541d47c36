mod saga;

pub use self::saga::DeletionSaga;

use self::saga::{Deletion, Step};
use super::{Customers, History, customer::CustomerStore};
use crate::{
    customer::{Customer, State},
    error::Error,
    events, store,
};
use patron_chassis::{fault, status::Problem};
use patron_ledger::{
    change::{self, Caller},
    saga::{Failure, Saga as _, Sagas, Started},
};
use patron_proto::profile::internal::v1::SagaPlan;
use patron_values::{id::CustomerId, timestamp};

/// Deletes customers, in every service that keeps something of them.
#[derive(Clone)]
pub struct Deletions {
    /// The customers.
    pub customers: Customers,
    /// Deletions under way.
    pub sagas: Sagas<DeletionSaga>,
}

impl Deletions {
    /// Deletes a customer, with or without what happened to it. Once it answers, nobody signs in as the customer and no service takes a write for it; what others keep
    /// goes by event. A repeat answers when that is so, too.
    pub async fn delete(
        &self,
        customer: CustomerId,
        etag: &str,
        history: History,
        caller: &Caller,
    ) -> Result<(), Error> {
        let started = match self.start(customer, etag, history, caller).await? {
            Some(started) => started,
            None => self.sagas.take_over(customer).await?,
        };
        if started.is_empty() {
            return self.mark_deleting_again(customer).await;
        }
        match self.sagas.advance(started).await.pop() {
            Some(Err(Failure::Elsewhere)) => self.mark_deleting_again(customer).await,
            Some(Err(Failure::Later(_) | Failure::Compensated(_))) => Err(Problem::Unavailable.into()),
            Some(Ok(())) | None => Ok(()),
        }
    }

    /// Marks the customer, whom from now on nobody sees; `None` where the same request did so before.
    async fn start(
        &self,
        customer: CustomerId,
        etag: &str,
        history: History,
        caller: &Caller,
    ) -> Result<Option<Started<Deletion>>, Error> {
        let opened = self
            .customers
            .ledger
            .change(caller)
            .open_deletion(&CustomerStore { rules: None }, customer, etag)
            .await?;
        let (mut locked, old) = match opened {
            change::Deletion::Absent => return Err(Error::NotFound(customer)),
            change::Deletion::Replayed => return Ok(None),
            change::Deletion::Opened(locked, old) => (locked, old),
        };
        let now = self.customers.ledger.now();
        let reference_version = old.reference_version + 1;
        let customer = Customer { state: State::Deleting, reference_version, ..old };
        store::customer::update_state(&mut locked, &customer).await?;
        let plan = SagaPlan {
            context: Some(caller.context.clone()),
            start_time: Some(timestamp(now)),
            delete_history: history == History::Delete,
            ..SagaPlan::default()
        };
        let deletion = Deletion { customer: customer.id, plan };
        let started = self.sagas.start(&mut locked, vec![deletion]).await?;
        let references = events::references(&customer).into();
        self.customers.ledger.outbox().publish(&mut locked, &caller.context, now, references).await?;
        locked.commit().await?;
        fault::point("deletion.after_start");
        Ok(Some(started))
    }

    /// Has every service refuse what comes for a customer whose deletion another process ends, or has ended.
    async fn mark_deleting_again(&self, customer: CustomerId) -> Result<(), Error> {
        let under_way = self.sagas.find(customer).await?;
        let under_way: Vec<_> = under_way.iter().collect();
        self.sagas
            .saga()
            .forward(Step::MarkDeleting, &under_way)
            .await
            .map_err(|_| Problem::Unavailable.into())
    }
}
