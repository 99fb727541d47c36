use crate::{
    customer::{Customer, State},
    operations::{
        Customers, History,
        customer::{End, context_of},
    },
    participants::Participants,
};
use patron_chassis::{fault, pg::Transaction, status::Problem};
use patron_ledger::saga::Saga;
use patron_proto::profile::internal::v1::SagaPlan;
use patron_values::{id::CustomerId, time_of};
use prost::Message as _;
use std::time::Duration;
use tonic::Status;

/// Has every service refuse what comes for customers, then removes them. It only goes forward: nobody is to see again, or to sign in
/// as, who was once on the way out.
#[derive(Clone)]
pub struct DeletionSaga {
    /// The customers.
    pub customers: Customers,
    /// What other services keep of them.
    pub participants: Participants,
}

/// What is done before the customer goes.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    MarkDeleting,
}

/// A customer who is being deleted.
#[derive(Debug)]
pub struct Deletion {
    pub(super) customer: CustomerId,
    pub(super) plan: SagaPlan,
}

impl Deletion {
    fn history(&self) -> History {
        if self.plan.delete_history { History::Delete } else { History::Keep }
    }
}

#[tonic::async_trait]
impl Saga for DeletionSaga {
    const KIND: &'static str = "deletion";
    const PATIENCE: Option<Duration> = None;
    const STEPS: &'static [Step] = &[Step::MarkDeleting];

    type Step = Step;
    type Plan = Deletion;
    type Outcome = ();

    fn customers(deletion: &Deletion) -> Vec<CustomerId> {
        vec![deletion.customer]
    }

    fn encode(deletion: &Deletion) -> Vec<u8> {
        deletion.plan.encode_to_vec()
    }

    fn decode(payload: &[u8], customers: &[CustomerId]) -> Option<Deletion> {
        let [customer] = *customers else { return None };
        Some(Deletion { customer, plan: SagaPlan::decode(payload).ok()? })
    }

    async fn forward(&self, _: Step, deletions: &[&Deletion]) -> Result<(), Status> {
        let found = self.deleting(self.customers.ledger.database(), deletions).await?;
        if found.is_empty() {
            return Ok(());
        }
        let ledger = &self.customers.ledger;
        let marked = found.iter().map(|(Deletion { plan, .. }, customer)| {
            // The same at every try: a version that comes again at another time looks like one of a restored source.
            let began = plan.start_time.as_ref().and_then(time_of).unwrap_or_else(|| ledger.now());
            (customer, context_of(plan), began)
        });
        self.participants.mark_deleting(&ledger.outbox(), marked).await?;
        fault::point("deletion.after_mark");
        Ok(())
    }

    async fn complete(
        &self,
        transaction: &mut Transaction,
        deletions: &[&Deletion],
    ) -> Result<Vec<()>, Status> {
        let found = self.deleting(&mut *transaction, deletions).await?;
        let now = self.customers.ledger.now();
        for (deletion, customer) in found {
            let (context, end) = (context_of(&deletion.plan), End::Deleted(deletion.history()));
            self.customers.tombstone(transaction, &customer, &context, now, end).await?;
        }
        Ok(vec![(); deletions.len()])
    }
}

impl DeletionSaga {
    /// The deletions with their customers.
    async fn deleting<'d>(
        &self,
        executor: impl sqlx::PgExecutor<'_>,
        deletions: &[&'d Deletion],
    ) -> Result<Vec<(&'d Deletion, Customer)>, Status> {
        let ids: Vec<_> = deletions.iter().map(|deletion| deletion.customer).collect();
        let found =
            self.customers.find_all_in(executor, &ids, State::Deleting).await.map_err(Problem::from)?;
        let with = found.into_iter().filter_map(|customer| {
            let deletion = deletions.iter().find(|deletion| deletion.customer == customer.id)?;
            Some((*deletion, customer))
        });
        Ok(with.collect())
    }
}
