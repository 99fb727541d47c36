use crate::{
    customer::{Customer, Record, State},
    error::Error,
    events, store,
};
use patron_chassis::{peer::Peer, pg::Transaction, principal::Scope};
use patron_ledger::{
    Ledger,
    change::{Caller, Changed, Locked, Next, Resource, Step, Store},
    outbox::NewEvent,
};
use patron_proto::profile::v1 as proto;
use patron_values::{field_mask::FieldMask, fields::Fields, id::CustomerId};
use time::{Date, OffsetDateTime};

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

    /// The last day that can be someone's birth date: today where it is furthest ahead, at UTC+14.
    pub fn today(&self) -> Date {
        latest_day(self.ledger.now())
    }

    /// Changes the fields that the mask names.
    pub async fn update(
        &self,
        customer: CustomerId,
        wanted: &proto::Customer,
        mask: &FieldMask,
        caller: &Caller,
    ) -> Result<Changed<Customer>, Error> {
        self.ledger.change(caller).update(self, customer, wanted, mask).await
    }
}

fn latest_day(now: OffsetDateTime) -> Date {
    (now + time::Duration::hours(14)).date()
}

impl Store for Customers {
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
        let record = Record::parse("customer", merged, latest_day(next.at))?;
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
        step: Step<Customer>,
        _: &Caller,
    ) -> Result<Vec<Step<Customer>>, Error> {
        // Customers begin and end by sagas.
        if let Step::Updated(_, new) = &step {
            store::customer::update(locked, new).await?;
        }
        Ok(vec![step])
    }

    fn further_events(&self, step: &Step<Customer>) -> Vec<NewEvent> {
        match step {
            Step::Updated(old, new) if is_referred_to(old, new) => events::references(new).into(),
            _ => Vec::new(),
        }
    }
}

/// Whether what other services know of the customer differs.
fn is_referred_to(old: &Customer, new: &Customer) -> bool {
    old.record.assigned_staff != new.record.assigned_staff || old.record.email != new.record.email
}
