//! What a service keeps of customers who are gone, removed in short transactions by jobs of the queue: however much it is, the
//! event of the end is applied at once.

use super::{Ended, customers_in, is_sent, known};
use crate::{
    inbox::Consumer,
    outbox::Outbox,
    queue::{Job, NewJob, Queue, Settlement},
};
use patron_chassis::{
    peer::Peer,
    pg::{self, Database, Transaction},
};
use patron_proto::event::v1::{Event, customer_reference::State};
use patron_values::id::CustomerId;
use std::marker::PhantomData;

/// Kind of the jobs.
pub(crate) const KIND: &str = "purge";
/// Rows removed in one transaction, which with what hangs on each stays well below the timeout of a statement.
const ROWS: i64 = 500;

/// The rows that a service keeps of customers.
#[tonic::async_trait]
pub trait Purge: Send + Sync + 'static {
    /// Removes rows of a customer who is gone, at most `limit`, and says how many.
    async fn delete_some(ended: &mut Ended<'_>, limit: i64) -> Result<u64, sqlx::Error>;
}

/// Takes what profile publishes of customers. From the end of a customer on nothing is written for it; what `P` has of it is removed by
/// a job that comes after.
#[derive(Debug)]
pub struct ReferenceConsumer<P>(PhantomData<fn(P)>);

impl<P> Default for ReferenceConsumer<P> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

#[tonic::async_trait]
impl<P: Purge> Consumer for ReferenceConsumer<P> {
    const SOURCES: &'static [Peer] = &[Peer::PROFILE];

    fn consumes(source: Peer, aggregate: &str) -> bool {
        is_sent(source, aggregate)
    }

    async fn apply(&self, transaction: &mut Transaction, events: &[Event]) -> anyhow::Result<()> {
        let ended = customers_in(events, State::Deleted);
        // The upsert waits for a concurrent creation; release and discard must come after it, to see what that staged.
        known::store_purging(&mut *transaction, events.iter().filter_map(super::reference_of)).await?;
        Outbox::release(transaction, &customers_in(events, State::Active)).await?;
        Outbox::discard(transaction, &ended).await?;
        Outbox::forget(transaction, &super::customers_without_history(events)).await?;
        let jobs =
            ended.into_iter().map(|customer| NewJob::new(KIND, Some(customer.to_string()), Vec::new()));
        Ok(Queue::enqueue(transaction, jobs.collect()).await?)
    }
}

/// Does the job of one customer.
pub(crate) async fn run<P: Purge>(database: &Database, job: Job) -> Settlement {
    let Some(customer) = job.key.as_deref().and_then(|key| key.parse::<CustomerId>().ok()) else {
        return Settlement::Dead("mislabelled".to_owned());
    };
    loop {
        match remove_some::<P>(database, customer).await {
            Ok(true) => {}
            Ok(false) => return Settlement::Done,
            Err(error) => {
                tracing::warn!(job = job.id, %error, "a part of what is kept of a customer who is gone could not be removed");
                let class = if pg::is_outage(&error) {
                    "the database does not answer"
                } else {
                    "the database refused"
                };
                return Settlement::Failed(class.to_owned());
            }
        }
    }
}

/// Removes a part, and says whether there may be more. With the last part the customer ends.
async fn remove_some<P: Purge>(database: &Database, customer: CustomerId) -> Result<bool, sqlx::Error> {
    let mut transaction = database.begin().await?;
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let lock =
        sqlx::query("select from customer_ref where customer_id = $1 and state = 'deleting' for update");
    if lock.bind(customer).fetch_optional(&mut transaction).await?.is_none() {
        return Ok(false);
    }
    let mut ended = Ended { transaction: &mut transaction, customers: vec![customer] };
    let more = P::delete_some(&mut ended, ROWS).await? >= ROWS.unsigned_abs();
    if !more {
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let end = sqlx::query("update customer_ref set state = 'deleted' where customer_id = $1");
        end.bind(customer).execute(&mut transaction).await?;
    }
    transaction.commit().await?;
    Ok(more)
}
