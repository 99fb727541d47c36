use super::consent;
use crate::{
    customer::{Customer, Record, State},
    error::Error,
    events,
    field_policy::Rules,
    store::{self, tombstone::Tombstone},
};
use patron_chassis::{peer::Peer, pg::Transaction, principal::Scope};
use patron_ledger::{
    Ledger,
    change::{self, Caller, Changed, Locked, Next, Resource, Store, Transition},
    outbox::{NewEvent, Outbox},
};
use patron_proto::{
    event::v1::ChangeContext,
    profile::{internal::v1::SagaPlan, v1 as proto},
};
use patron_values::{field_mask::FieldMask, fields::Fields, id::CustomerId};
use sqlx::PgExecutor;
use time::{Date, OffsetDateTime};

/// What becomes of the history of a customer who is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// It stays, and staff read it.
    Keep,
    /// It goes too, in every service.
    Delete,
}

/// How a customer ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    /// Before it was whole.
    GivenUp,
    /// Because somebody deleted it.
    Deleted(History),
}

/// Reads and changes customers.
#[derive(Debug, Clone)]
pub struct Customers {
    /// Where they are stored.
    pub ledger: Ledger,
}

impl Resource for Customer {
    type Name = CustomerId;
    type Message = proto::Customer;

    const EVENTS: [&'static str; 3] = ["customer.created", "customer.updated", "customer.deleted"];
    const SUBSCRIBERS: &'static [Peer] = &[Peer::ACTIVITY];

    fn name(&self) -> CustomerId {
        self.id
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn to_message(&self) -> proto::Customer {
        self.into()
    }

    fn etag(message: &proto::Customer) -> &str {
        &message.etag
    }

    fn concerned(id: CustomerId) -> Option<CustomerId> {
        Some(id)
    }
}

impl Customers {
    /// One customer that the caller may see.
    pub async fn find(&self, customer: CustomerId, scope: Scope) -> Result<Customer, Error> {
        let found = store::customer::find(self.ledger.database(), customer, scope).await?;
        found.ok_or(Error::NotFound(customer))
    }

    /// One customer in a state, whoever may see it.
    pub(super) async fn find_in(
        &self,
        executor: impl PgExecutor<'_>,
        customer: CustomerId,
        state: State,
    ) -> Result<Option<Customer>, sqlx::Error> {
        Ok(store::customer::find_all(executor, &[customer], Scope::All, state).await?.pop())
    }

    /// Those of these customers that are in a state.
    pub(super) async fn find_all_in(
        &self,
        executor: impl PgExecutor<'_>,
        customers: &[CustomerId],
        state: State,
    ) -> Result<Vec<Customer>, sqlx::Error> {
        store::customer::find_all(executor, customers, Scope::All, state).await
    }

    /// The last day that can be someone's birth date: today where it is furthest ahead, at UTC+14.
    pub fn today(&self) -> Date {
        latest_day(self.ledger.now())
    }

    /// Changes the fields that the mask names, where the rules have nothing against it.
    pub async fn update(
        &self,
        customer: CustomerId,
        wanted: &proto::Customer,
        mask: &FieldMask,
        rules: Rules,
        caller: &Caller,
    ) -> Result<Changed<Customer>, Error> {
        self.ledger.change(caller).update(&CustomerStore { rules: Some(rules) }, customer, wanted, mask).await
    }
}

impl Customers {
    /// Publishes that customers are now whole.
    pub(super) async fn publish_created(
        &self,
        transaction: &mut Transaction,
        customers: &[Customer],
        context: &ChangeContext,
    ) -> Result<(), Error> {
        self.note_subscriptions(transaction, customers).await?;
        let [created, ..] = Customer::EVENTS;
        let events = customers.iter().flat_map(|customer| {
            let history = events::history(created, None, Some(customer), customer.version);
            events::references(customer).into_iter().chain(history)
        });
        Ok(self.ledger.outbox().publish(transaction, context, self.ledger.now(), events.collect()).await?)
    }

    /// Replaces a customer, who ends at this time, by a tombstone and publishes its end; that of one who was whole to history too.
    pub(super) async fn tombstone(
        &self,
        transaction: &mut Transaction,
        customer: &Customer,
        context: &ChangeContext,
        at: OffsetDateTime,
        end: End,
    ) -> Result<(), Error> {
        let delete_history = matches!(end, End::Deleted(History::Delete));
        let tombstone = Tombstone::of(customer, delete_history);
        store::customer::delete(transaction, customer.id, at).await?;
        store::tombstone::insert(transaction, tombstone, at).await?;
        change::forget(transaction, &[customer.id.0]).await?;
        if delete_history {
            Outbox::forget(transaction, &[customer.id]).await?;
        }
        let history = if let End::Deleted(history) = end { events::deleted(customer, history) } else { None };
        let events = history.into_iter().chain([events::end(tombstone)]).collect();
        Ok(self.ledger.outbox().publish(transaction, context, at, events).await?)
    }
}

/// By whom, for whom and in which request a saga was started.
pub(super) fn context_of(plan: &SagaPlan) -> ChangeContext {
    plan.context.clone().unwrap_or_default()
}

fn latest_day(now: OffsetDateTime) -> Date {
    (now + time::Duration::hours(14)).date()
}

/// Customers as a change writes them.
#[derive(Debug)]
pub(super) struct CustomerStore {
    /// What a change of the record is judged by; `None` where the change is none of the record.
    pub(super) rules: Option<Rules>,
}

impl Store for CustomerStore {
    type Resource = Customer;
    type Error = Error;

    async fn lock(&self, transaction: &mut Transaction, id: CustomerId) -> Result<Option<i64>, sqlx::Error> {
        store::customer::lock(transaction, id, Scope::All, State::Active).await
    }

    async fn find(
        &self,
        transaction: &mut Transaction,
        id: CustomerId,
        scope: Scope,
    ) -> Result<Option<Customer>, sqlx::Error> {
        store::customer::find(transaction, id, scope).await
    }

    fn parse(
        &self,
        old: &Customer,
        merged: &proto::Customer,
        next: Next,
    ) -> Result<Option<Customer>, Fields> {
        let mut fields = Fields::at("customer");
        if let Some(rules) = &self.rules {
            rules.judge_change(&mut fields, &old.into(), merged);
        }
        let record = Record::parse(fields, merged, latest_day(next.at))?;
        if record == old.record {
            return Ok(None);
        }
        let new = Customer { record, version: next.version, updated_at: next.at, ..old.clone() };
        let reference_version = old.reference_version + i64::from(is_referred_to(old, &new));
        Ok(Some(Customer { reference_version, ..new }))
    }

    async fn save(
        &self,
        locked: &mut Locked,
        transition: Transition<Customer>,
        caller: &Caller,
    ) -> Result<Vec<Transition<Customer>>, Error> {
        // Customers begin and end by sagas.
        if let Transition::Updated(old, new) = &transition {
            // Whoever gets the mail of a customer can soon sign in as the customer.
            if new.record.email != old.record.email {
                caller.check_fresh(new.updated_at)?;
            }
            store::customer::update(locked, new).await?;
            consent::follow(locked, (old, new), None, caller).await?;
        }
        Ok(vec![transition])
    }

    fn further_events(&self, transition: &Transition<Customer>) -> Vec<NewEvent> {
        match transition {
            Transition::Updated(old, new) if is_referred_to(old, new) => events::references(new).into(),
            _ => Vec::new(),
        }
    }
}

/// Whether what other services know of the customer differs.
fn is_referred_to(old: &Customer, new: &Customer) -> bool {
    old.record.assigned_staff != new.record.assigned_staff || old.record.email != new.record.email
}
