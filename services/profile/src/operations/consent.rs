use super::Customers;
use crate::{
    consent::{Consent, Purpose, Statement},
    customer::{Customer, State},
    error::Error,
    store,
};
use patron_chassis::{pg::Transaction, principal::Scope, status::Problem};
use patron_ledger::change::{Caller, Changed, Locked, Store, Transition};
use patron_values::id::CustomerId;

/// Event of a consent that was recorded, whether or not it changed what holds.
const RECORDED: &str = "customer.consent_recorded";

impl Customers {
    /// Records what a customer says, and has the field of the record say the same. Gives what holds then.
    pub async fn record_consent(
        &self,
        customer: CustomerId,
        statement: Statement,
        caller: &Caller,
    ) -> Result<Changed<Option<Consent>>, Error> {
        let purpose = statement.purpose;
        let recording = Recording { statement };
        let Changed { consistency_tokens, .. } = self
            .ledger
            .change(caller)
            .apply(&recording, customer, RECORDED, |old, next| {
                let record = recording.statement.applied_to(&old.record);
                Ok(Some(Customer { record, version: next.version, updated_at: next.at, ..old.clone() }))
            })
            .await?;
        Ok(Changed { result: self.consent(customer, purpose).await?, consistency_tokens })
    }

    async fn consent(&self, customer: CustomerId, purpose: Purpose) -> Result<Option<Consent>, sqlx::Error> {
        let consents = store::consent::find_all(self.ledger.database(), customer).await?;
        Ok(consents.into_iter().find(|consent| consent.purpose == purpose))
    }

    /// Leaves evidence for those of new customers who take the newsletter, by the way in which each came.
    pub(super) async fn record_subscriptions(
        &self,
        transaction: &mut Transaction,
        customers: &[Customer],
        caller: &Caller,
    ) -> Result<(), Error> {
        let now = self.ledger.now();
        for customers in customers.chunk_by(|one, next| one.channel == next.channel) {
            let (Some(first), subscribing) = (customers.first(), subscribing(customers)) else { continue };
            if subscribing.is_empty() {
                continue;
            }
            let statement = Statement::of_newsletter(true, &caller.context).given_at(first.channel);
            store::consent::insert(transaction, &subscribing, &statement, &caller.context, now).await?;
        }
        Ok(())
    }

    /// Tells audiences of customers who are whole now.
    pub(super) async fn note_subscriptions(
        &self,
        transaction: &mut Transaction,
        customers: &[Customer],
    ) -> Result<(), sqlx::Error> {
        let subscribing = subscribing(customers);
        if subscribing.is_empty() {
            return Ok(());
        }
        store::audience::note(transaction, &subscribing, self.ledger.now()).await
    }
}

/// Leaves evidence of a change of the record, by `statement` or by the field itself, and tells the audience.
pub(super) async fn follow(
    locked: &mut Locked,
    (old, new): (&Customer, &Customer),
    statement: Option<&Statement>,
    caller: &Caller,
) -> Result<(), Error> {
    let [before, after] = [old, new].map(|it| it.record.details.newsletter);
    let by_field = (before != after).then(|| Statement::of_newsletter(after, &caller.context));
    if let Some(statement) = statement.or(by_field.as_ref()) {
        let at = new.updated_at;
        if store::consent::insert(locked, &[new.id], statement, &caller.context, at).await? == 0 {
            return Err(full(new.id).into());
        }
    }
    if (before || after) && (before != after || shown(old) != shown(new)) {
        store::audience::note(locked, &[new.id], new.updated_at).await?;
    }
    Ok(())
}

fn subscribing(customers: &[Customer]) -> Vec<CustomerId> {
    customers.iter().filter(|it| it.record.details.newsletter).map(|it| it.id).collect()
}

/// What subscribers are shown as, of the record.
fn shown(customer: &Customer) -> impl PartialEq {
    let record = &customer.record;
    let language = record.details.preferred_language.clone();
    (record.first_name.clone(), record.last_name.clone(), record.email.clone(), language)
}

fn full(customer: CustomerId) -> Problem {
    Problem::State {
        rule: "CONSENT_RECORDS_FULL",
        subject: customer.resource_name(),
        description: format!("the customer has {} records of consent already", store::consent::MOST),
    }
}

/// Customers whose change brings a statement of its own.
struct Recording {
    statement: Statement,
}

impl Store for Recording {
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

    async fn save(
        &self,
        locked: &mut Locked,
        transition: Transition<Customer>,
        caller: &Caller,
    ) -> Result<Vec<Transition<Customer>>, Error> {
        if let Transition::Updated(old, new) = &transition {
            store::customer::update(locked, new).await?;
            follow(locked, (old, new), Some(&self.statement), caller).await?;
        }
        Ok(vec![transition])
    }
}
