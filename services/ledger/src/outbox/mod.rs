//! Changes on their way to other services: put into the queue in the transaction of the change, a job for each subscriber, delivered
//! by the [`relay`](Relay), removed when they have been applied.

mod delivery;
mod relay;

pub use self::relay::Relay;

use crate::queue::{NewJob, Queue};
use patron_chassis::{ids::Ids, peer::Peer, pg::Transaction, status::Problem};
use patron_proto::event::v1::{ChangeContext, Event, FieldChange, event::Snapshot};
use patron_values::{id::CustomerId, timestamp};
use prost::Message as _;
use time::OffsetDateTime;

/// Largest event. A batch holds several, and with more than that the receiver's limit of 1 MiB would be near.
pub const MOST_BYTES: usize = 256 << 10;

/// A change to publish, before it has an id and a source.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// What changed: `customers/{customer}/addresses`.
    pub aggregate: String,
    /// Version of the aggregate after the change, taken under its row lock.
    pub version: i64,
    /// What happened: `address.created`.
    pub kind: &'static str,
    /// The customer concerned.
    pub customer: Option<CustomerId>,
    /// Name of the resource concerned.
    pub resource: String,
    /// Old and new values.
    pub changes: Vec<FieldChange>,
    /// What consumers keep of the aggregate.
    pub snapshot: Option<Snapshot>,
    /// Who must know.
    pub subscribers: &'static [Peer],
}

/// Writes events. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbox {
    source: Peer,
    ids: Ids,
}

impl Outbox {
    /// The outbox of `source`.
    pub fn new(source: Peer, ids: Ids) -> Self {
        Self { source, ids }
    }

    /// Writes the events of one transaction, in one statement. Fails where one of them is larger than [`MOST_BYTES`].
    pub async fn publish(
        &self,
        transaction: &mut Transaction,
        context: &ChangeContext,
        at: OffsetDateTime,
        events: Vec<NewEvent>,
    ) -> Result<(), Problem> {
        self.enqueue(transaction, context, at, events, false).await
    }

    /// The same for customers who are being created: the events of each wait until [`release`](Self::release) says that it is
    /// whole.
    pub async fn stage(
        &self,
        transaction: &mut Transaction,
        context: &ChangeContext,
        at: OffsetDateTime,
        events: Vec<NewEvent>,
    ) -> Result<(), Problem> {
        self.enqueue(transaction, context, at, events, true).await
    }

    async fn enqueue(
        &self,
        transaction: &mut Transaction,
        context: &ChangeContext,
        at: OffsetDateTime,
        events: Vec<NewEvent>,
        staged: bool,
    ) -> Result<(), Problem> {
        let jobs = events.into_iter().map(|event| self.jobs(event, context, at, staged));
        let jobs = jobs.collect::<Result<Vec<_>, _>>()?;
        Ok(Queue::enqueue(transaction, jobs.concat()).await?)
    }

    /// The deliveries of an event.
    fn jobs(
        &self,
        event: NewEvent,
        context: &ChangeContext,
        at: OffsetDateTime,
        staged: bool,
    ) -> Result<Vec<NewJob>, Problem> {
        let (subscribers, customer) = (event.subscribers, event.customer.filter(|_| staged));
        let event = self.event(event, context, at);
        let payload = event.encode_to_vec();
        if payload.len() > MOST_BYTES {
            return Err(Problem::State {
                rule: "CHANGE_TOO_LARGE",
                subject: event.resource,
                description: format!(
                    "old and new values take {} bytes, and may take {MOST_BYTES}",
                    payload.len()
                ),
            });
        }
        let jobs = subscribers.iter().map(|subscriber| NewJob {
            version: Some(event.version),
            staged_for: customer.map(|customer| customer.0),
            ..NewJob::new(subscriber.name(), Some(event.aggregate.clone()), payload.clone())
        });
        Ok(jobs.collect())
    }

    /// The event as it is delivered.
    pub fn event(&self, new: NewEvent, context: &ChangeContext, at: OffsetDateTime) -> Event {
        Event {
            event_id: self.ids.next::<uuid::Uuid>().to_string(),
            source: self.source.name().to_owned(),
            aggregate: new.aggregate,
            version: new.version,
            r#type: new.kind.to_owned(),
            customer: new.customer.map(CustomerId::resource_name).unwrap_or_default(),
            resource: new.resource,
            context: Some(context.clone()),
            time: Some(timestamp(at)),
            changes: new.changes,
            snapshot: new.snapshot,
        }
    }

    /// The customers are whole: what was staged for them may go out.
    pub async fn release(transaction: &mut Transaction, customers: &[CustomerId]) -> Result<(), sqlx::Error> {
        if customers.is_empty() {
            return Ok(());
        }
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query_scalar::<_, String>(
            "update queue set staged_for = null where staged_for = any((select $1::uuid[])::uuid[]) returning kind",
        );
        let kinds = statement.bind(customers).fetch_all(&mut *transaction).await?;
        let consumers = kinds.iter().filter_map(|name| name.parse::<Peer>().ok());
        consumers.for_each(|consumer| transaction.wake(consumer.name()));
        Ok(())
    }

    /// The customers were given up: what was staged for them never happened.
    pub async fn discard(transaction: &mut Transaction, customers: &[CustomerId]) -> Result<(), sqlx::Error> {
        if customers.is_empty() {
            return Ok(());
        }
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query("delete from queue where staged_for = any($1)");
        statement.bind(customers).execute(transaction).await.map(drop)
    }

    /// The history of these customers goes: events about them that were given up are dropped, and their consumers learn that they will
    /// not come.
    pub async fn forget(transaction: &mut Transaction, customers: &[CustomerId]) -> Result<(), sqlx::Error> {
        if customers.is_empty() {
            return Ok(());
        }
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query_scalar::<_, String>(
            "update queue set dead_at = null, attempts = 0, due_at = now(), payload = null
             where dead_at is not null and version is not null and split_part(key, '/', 2) = any($1)
             returning kind",
        );
        let ids: Vec<String> = customers.iter().map(CustomerId::to_string).collect();
        let kinds = statement.bind(ids).fetch_all(&mut *transaction).await?;
        let consumers = kinds.iter().filter_map(|name| name.parse::<Peer>().ok());
        consumers.for_each(|consumer| transaction.wake(consumer.name()));
        Ok(())
    }
}
