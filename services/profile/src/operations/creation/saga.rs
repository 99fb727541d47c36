use crate::{
    customer::{Customer, State},
    events,
    operations::{
        Customers,
        customer::{End, context_of},
    },
    participants::Participants,
    store::{self, tombstone::Tombstone},
};
use patron_chassis::{pg::Transaction, status::Problem};
use patron_ledger::{idempotency, saga::Saga};
use patron_proto::profile::internal::v1::SagaPlan;
use patron_values::id::CustomerId;
use prost::Message as _;
use std::{collections::HashMap, time::Duration};
use time::OffsetDateTime;
use tonic::Status;

/// After this time a creation whose participants do not answer is compensated: with the lease of a process that died, and the rest
/// between two tries, it ends, one way or the other, within 30 s.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long identity may take to free a username before the creation ends without it: the end comes within 30 s, whoever is away.
const FREED_WITHIN: Duration = Duration::from_secs(2);

/// Makes pending customers whole and visible.
///
/// Participants remove what they made when the event of the customer's end is applied, and until then nobody sees it. Only the account is
/// compensated by a call besides: it holds a username that a corrected request may ask for at once. Addresses and memberships hold
/// nothing that others could want.
#[derive(Clone)]
pub struct CreationSaga {
    /// The customers.
    pub customers: Customers,
    /// What other services keep of them.
    pub participants: Participants,
}

/// What participants make of a customer, in this order.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    Account,
    Addresses,
    Memberships,
}

/// A customer to be made whole.
#[derive(Debug)]
pub struct Creation {
    pub(super) customer: CustomerId,
    /// As it was stored, where this process did that.
    pub(super) pending: Option<Customer>,
    /// The calls to make, with password and security answer where they are still known: a saga that another process resumes has none, and is
    /// refused.
    pub(super) calls: SagaPlan,
}

#[tonic::async_trait]
impl Saga for CreationSaga {
    const KIND: &'static str = "creation";
    const PATIENCE: Option<Duration> = Some(PATIENCE);
    const STEPS: &'static [Step] = &[Step::Account, Step::Addresses, Step::Memberships];

    type Step = Step;
    type Plan = Creation;
    type Outcome = Customer;

    fn customers(creation: &Creation) -> Vec<CustomerId> {
        vec![creation.customer]
    }

    fn encode(creation: &Creation) -> Vec<u8> {
        let mut calls = creation.calls.clone();
        if let Some(account) = calls.account.as_mut().and_then(|call| call.account.as_mut()) {
            account.password.clear();
            account.security_question.clear();
            account.security_answer.clear();
        }
        calls.encode_to_vec()
    }

    fn decode(payload: &[u8], customers: &[CustomerId]) -> Option<Creation> {
        let [customer] = *customers else { return None };
        Some(Creation { customer, pending: None, calls: SagaPlan::decode(payload).ok()? })
    }

    fn needs(creation: &Creation, step: Step) -> bool {
        match step {
            Step::Account => creation.calls.account.is_some(),
            Step::Addresses => creation.calls.addresses.is_some(),
            Step::Memberships => creation.calls.memberships.is_some(),
        }
    }

    async fn forward(&self, step: Step, creations: &[&Creation]) -> Result<(), Status> {
        let calls = creations.iter().map(|creation| &creation.calls);
        match step {
            Step::Account => {
                self.participants.create_accounts(calls.filter_map(|calls| calls.account.clone())).await
            }
            Step::Addresses => {
                self.participants.create_addresses(calls.filter_map(|calls| calls.addresses.clone())).await
            }
            Step::Memberships => {
                self.participants
                    .create_memberships(calls.filter_map(|calls| calls.memberships.clone()))
                    .await
            }
        }
    }

    async fn compensate(&self, step: Step, creation: &Creation) -> Result<(), Status> {
        let ledger = &self.customers.ledger;
        if !matches!(step, Step::Account) {
            return Ok(());
        }
        let pending = self.customers.find_in(ledger.database(), creation.customer, State::Pending).await;
        let Some(pending) = pending.map_err(Problem::from)? else { return Ok(()) };
        let (end, at) = (events::end(Tombstone::of(&pending, false)), end_of(&pending));
        let end = ledger.outbox().event(end, &context_of(&creation.calls), at);
        let told = tokio::time::timeout(FREED_WITHIN, self.participants.end_account(end)).await;
        if !matches!(told, Ok(Ok(()))) {
            tracing::warn!(
                "identity did not take the end of a creation at once; the event will tell it again"
            );
        }
        Ok(())
    }

    async fn complete(
        &self,
        transaction: &mut Transaction,
        creations: &[&Creation],
    ) -> Result<Vec<Customer>, Status> {
        let ids: Vec<_> = creations.iter().map(|creation| creation.customer).collect();
        let mut pending = self.pending(transaction, creations).await?;
        let activated = store::customer::activate(transaction, &ids).await.map_err(Problem::from)?;
        let mut whole = Vec::with_capacity(ids.len());
        for id in &ids {
            let found = pending.remove(id).filter(|_| activated.contains(id));
            let found =
                found.ok_or_else(|| Problem::internal("a customer whose creation is under way is gone"))?;
            let reference_version = found.reference_version + 1;
            whole.push(Customer { state: State::Active, reference_version, ..found });
        }
        // What one caller asked for together is published together.
        let mut published = whole.as_slice();
        for alike in creations.chunk_by(|one, next| one.calls.context == next.calls.context) {
            let (of_them, others) = published.split_at(alike.len());
            self.customers.publish_created(transaction, of_them, &context_of(&alike[0].calls)).await?;
            published = others;
        }
        Ok(whole)
    }

    /// The customer never was, its email is free and its request can be tried again.
    async fn abandon(&self, transaction: &mut Transaction, creation: &Creation) -> Result<(), Status> {
        let pending = self.customers.find_in(&mut *transaction, creation.customer, State::Pending).await;
        let Some(pending) = pending.map_err(Problem::from)? else { return Ok(()) };
        idempotency::Request::forget(transaction, pending.id.0).await.map_err(Problem::from)?;
        let (context, at) = (context_of(&creation.calls), end_of(&pending));
        self.customers.tombstone(transaction, &pending, &context, at, End::GivenUp).await?;
        Ok(())
    }
}

impl CreationSaga {
    /// The customers as they were stored.
    async fn pending(
        &self,
        transaction: &mut Transaction,
        creations: &[&Creation],
    ) -> Result<HashMap<CustomerId, Customer>, Status> {
        let known = creations.iter().filter_map(|creation| creation.pending.clone());
        let mut pending: HashMap<_, _> = known.map(|customer| (customer.id, customer)).collect();
        let unknown =
            creations.iter().map(|creation| creation.customer).filter(|id| !pending.contains_key(id));
        let unknown: Vec<_> = unknown.collect();
        if !unknown.is_empty() {
            let found = self.customers.find_all_in(transaction, &unknown, State::Pending).await;
            pending.extend(found.map_err(Problem::from)?.into_iter().map(|customer| (customer.id, customer)));
        }
        Ok(pending)
    }
}

/// When a creation that is given up ended, the same whenever it is asked for: identity hears of it by a call and by the event, and would
/// take a later time with the version that it knows for a sign that this service was restored.
fn end_of(pending: &Customer) -> OffsetDateTime {
    pending.created_at
}
