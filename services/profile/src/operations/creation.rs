mod plan;
mod saga;

pub use self::saga::CreationSaga;

use self::saga::Creation;
use super::Customers;
use crate::{
    customer::{Customer, Projection, Record, State},
    error::Error,
    events,
    field_policy::Channel,
    participants::{Invalid, ParticipantData, Participants},
    store,
};
use futures::future::join_all;
use patron_chassis::{fault, status::Problem};
use patron_ledger::{
    change::{Caller, Changed},
    idempotency::{self, Seen},
    saga::{Failure, Sagas, is_outage},
};
use patron_values::id::CustomerId;
use std::{collections::HashSet, iter, time::Duration};

/// How long a repeated request waits for the first one, and how long it rests after the first look; each further rest is twice
/// as long.
const WAIT: Duration = Duration::from_secs(4);
const FIRST_REST: Duration = Duration::from_millis(25);

/// A customer that is to be.
#[derive(Debug)]
pub struct NewCustomer {
    /// What the record holds.
    pub record: Record,
    /// The way in which it comes.
    pub channel: Channel,
    /// What other services shall keep of it.
    pub data: ParticipantData,
    /// The request as it is known when it comes again, where it has an id. No two of one call have the same.
    pub request: Option<idempotency::Request>,
}

/// How a customer came to be that was to be created.
enum Made {
    /// By this call.
    Now(Box<Changed<Customer>>),
    /// By an earlier one with the same request, whose creation may still be under way.
    Before(CustomerId),
}

/// Creates customers, in every service that keeps something of them.
#[derive(Clone)]
pub struct Creations {
    /// The customers.
    pub customers: Customers,
    /// What other services keep of them.
    pub participants: Participants,
    /// Creations under way.
    pub sagas: Sagas<CreationSaga>,
}

impl Creations {
    /// Creates customers, each whole or not at all whatever becomes of the others. The results stand in the
    /// order of `news`. Where the caller only asks, everything is checked and nothing stored.
    pub async fn create(
        &self,
        news: &[NewCustomer],
        caller: &Caller,
    ) -> Vec<Result<Changed<Customer>, Error>> {
        let all: Vec<_> = news.iter().collect();
        let made = self.create_apart(&all, caller).await.into_iter().zip(news);
        let made = made.map(async |(made, new)| match made? {
            Made::Now(created) => Ok(*created),
            Made::Before(customer) => match self.await_other(customer, caller).await {
                // The first try was compensated, and this one came too early to take its place.
                Err(Error::NotFound(_)) if self.repeated(new).await.is_none() => {
                    Err(Problem::Unavailable.into())
                }
                found => found,
            },
        });
        join_all(made).await
    }

    /// Tries all of them in one transaction; where one is refused, halves them until that one is alone.
    async fn create_apart(&self, news: &[&NewCustomer], caller: &Caller) -> Vec<Result<Made, Error>> {
        if news.is_empty() {
            return Vec::new();
        }
        let data = news.iter().map(|new| (&new.record, &new.data));
        let created = match self.participants.validate(data, caller.scope).await {
            Ok(()) => self.create_together(news, caller).await,
            Err(Invalid::Away(_, waiting)) if news.len() > 1 => {
                return self.create_others(news, &waiting, caller).await;
            }
            Err(Invalid::Away(status, _) | Invalid::Refused(status)) => Err(Error::Refused(Box::new(status))),
        };
        match (created, news) {
            (Ok(results), _) => {
                results.into_iter().map(|created| created.map(Box::new).map(Made::Now)).collect()
            }
            // What is asked for may be taken by the same request, which came before.
            (Err(error), [new]) => vec![self.repeated(new).await.unwrap_or(Err(error)).map(Made::Before)],
            (Err(error), _) if error.is_outage() => outages(error, news.len()),
            // One of them is refused. Halving finds it, and the others stay together.
            (Err(_), _) => {
                let (first, second) = news.split_at(news.len() / 2);
                let mut results = Box::pin(self.create_apart(first, caller)).await;
                results.extend(Box::pin(self.create_apart(second, caller)).await);
                results
            }
        }
    }

    /// Creates those that do not wait for a service which is away.
    async fn create_others(
        &self,
        news: &[&NewCustomer],
        waiting: &[bool],
        caller: &Caller,
    ) -> Vec<Result<Made, Error>> {
        let others = news.iter().zip(waiting).filter(|(_, waits)| !**waits).map(|(new, _)| *new);
        let others: Vec<_> = others.collect();
        let mut created = Box::pin(self.create_apart(&others, caller)).await.into_iter();
        let mut made = Vec::with_capacity(news.len());
        for (new, waits) in news.iter().zip(waiting) {
            if *waits {
                // The same request may have created it before; then it needs nobody.
                let before = self.repeated(new).await.unwrap_or_else(|| Err(Problem::Unavailable.into()));
                made.push(before.map(Made::Before));
            } else {
                made.extend(created.next());
            }
        }
        made
    }

    /// Creates all of them, or fails before anything is stored. Once it is, each has a result of its own.
    async fn create_together(
        &self,
        news: &[&NewCustomer],
        caller: &Caller,
    ) -> Result<Vec<Result<Changed<Customer>, Error>>, Error> {
        let requiring = self.participants.approval_groups(news.iter().map(|new| &new.data)).await;
        let requiring = requiring.map_err(|status| Error::Refused(Box::new(status)))?;
        let whole = news.iter().all(|new| new.data.is_empty());
        let state = if whole { State::Active } else { State::Pending };
        let mut customers = self.new_customers(news, &requiring, state);

        let mut transaction = self.customers.ledger.database().begin().await?;
        let requests: Vec<_> = news
            .iter()
            .zip(&customers)
            .filter_map(|(new, customer)| Some((new.request.as_ref()?, customer.id.0)))
            .collect();
        let seen = idempotency::Request::record_all(&mut transaction, &requests).await?;
        if seen.iter().any(|seen| *seen != Seen::Never) {
            return Err(Error::from(Problem::RequestIdReused));
        }
        let numbers = store::customer::insert_all(&mut transaction, &customers).await?;
        customers.iter_mut().zip(numbers).for_each(|(customer, number)| customer.number = number);
        if caller.validate_only {
            return Ok(customers.into_iter().map(|customer| Ok(Changed::nothing(customer))).collect());
        }
        self.customers.record_subscriptions(&mut transaction, &customers, caller).await?;
        if whole {
            self.customers.publish_created(&mut transaction, &customers, &caller.context).await?;
            transaction.commit().await?;
            return Ok(customers
                .into_iter()
                .map(|customer| Ok(changed(customer, &ParticipantData::default())))
                .collect());
        }
        let creations: Vec<_> = news
            .iter()
            .zip(customers)
            .map(|(new, pending)| Creation {
                customer: pending.id,
                calls: self.calls(&pending, &new.data, &requiring, caller),
                pending: Some(pending),
            })
            .collect();
        let ids: Vec<_> = creations.iter().map(|creation| creation.customer).collect();
        let started = self.sagas.start(&mut transaction, creations).await?;
        transaction.commit().await?;
        fault::point("creation.after_start");
        let ended = ids.into_iter().zip(self.sagas.advance(started).await).zip(news);
        let ended = ended.map(async |((id, ended), new)| {
            let customer = match ended {
                Ok(customer) => customer,
                Err(Failure::Elsewhere) => {
                    return match self.await_other(id, caller).await {
                        Err(Error::NotFound(_)) => Err(Problem::Unavailable.into()),
                        found => found,
                    };
                }
                Err(Failure::Compensated(status)) if !is_outage(&status) => {
                    return Err(Error::Refused(Box::new(status)));
                }
                Err(Failure::Compensated(_) | Failure::Later(_)) => return Err(Problem::Unavailable.into()),
            };
            Ok(changed(customer, &new.data))
        });
        Ok(join_all(ended).await)
    }

    fn new_customers(
        &self,
        news: &[&NewCustomer],
        requiring: &HashSet<String>,
        state: State,
    ) -> Vec<Customer> {
        let now = self.customers.ledger.now();
        let customers = news.iter().map(|new| Customer {
            id: self.customers.ledger.next_id(),
            state,
            number: 0,
            record: new.record.clone(),
            projection: Projection::expected(&new.data, requiring),
            channel: Some(new.channel),
            version: 1,
            reference_version: i64::from(state == State::Active),
            created_at: now,
            updated_at: now,
            last_sign_in_at: None,
        });
        customers.collect()
    }

    /// The customer of the same request, where it came before.
    async fn repeated(&self, new: &NewCustomer) -> Option<Result<CustomerId, Error>> {
        match new.request.as_ref()?.find(self.customers.ledger.database()).await {
            Ok(Seen::Never) => None,
            Ok(Seen::Before(id)) => Some(Ok(id.into())),
            Ok(Seen::WithOtherBody) => Some(Err(Error::from(Problem::RequestIdReused))),
            Err(error) => Some(Err(error.into())),
        }
    }

    /// The customer of the same request that came before, once it is whole; NOT_FOUND where it was deleted since.
    async fn await_other(&self, customer: CustomerId, caller: &Caller) -> Result<Changed<Customer>, Error> {
        let database = self.customers.ledger.database();
        let whole = async {
            let mut rest = FIRST_REST;
            loop {
                let pending = self.customers.find_in(database, customer, State::Pending).await?.is_some();
                // In this order, so that one that becomes visible in between is found.
                match self.customers.find(customer, caller.scope).await {
                    Err(Error::NotFound(_)) if pending => tokio::time::sleep(rest).await,
                    found => return found,
                }
                rest *= 2;
            }
        };
        let found = tokio::time::timeout(WAIT, whole).await.map_err(|_| Problem::Unavailable)??;
        Ok(changed(found, &ParticipantData::default()))
    }
}

/// The results of so many customers whom an outage met together.
fn outages<T>(error: Error, customers: usize) -> Vec<Result<T, Error>> {
    let others = (1..customers).map(|_| Err(Problem::Unavailable.into()));
    iter::once(Err(error)).chain(others).take(customers).collect()
}

fn changed(customer: Customer, data: &ParticipantData) -> Changed<Customer> {
    let consistency_tokens = events::consistency_tokens(&customer, data);
    Changed { result: customer, consistency_tokens }
}
