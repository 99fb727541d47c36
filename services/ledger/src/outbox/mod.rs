//! Changes on their way to other services: written in the transaction of the change, sent by the [`relay`](Relay),
//! removed when they have been applied.

mod relay;

pub use self::relay::Relay;

use patron_chassis::{ids::Ids, peer::Peer, pg::Transaction};
use patron_proto::event::v1::{ChangeContext, Event, FieldChange, event::Snapshot};
use patron_values::{id::CustomerId, timestamp};
use prost::Message as _;
use time::OffsetDateTime;

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

    /// Writes the events of one transaction, in one statement.
    pub async fn publish(
        &self,
        transaction: &mut Transaction,
        context: &ChangeContext,
        at: OffsetDateTime,
        events: Vec<NewEvent>,
    ) -> Result<(), sqlx::Error> {
        for event in &events {
            event.subscribers.iter().for_each(|consumer| transaction.wake(*consumer));
        }
        self.insert(transaction, context, at, events, false).await
    }

    /// The same for customers who are being created: the events of each wait until [`release`](Self::release) says that it is
    /// whole.
    pub async fn stage(
        &self,
        transaction: &mut Transaction,
        context: &ChangeContext,
        at: OffsetDateTime,
        events: Vec<NewEvent>,
    ) -> Result<(), sqlx::Error> {
        self.insert(transaction, context, at, events, true).await
    }

    async fn insert(
        &self,
        transaction: &mut Transaction,
        context: &ChangeContext,
        at: OffsetDateTime,
        events: Vec<NewEvent>,
        staged: bool,
    ) -> Result<(), sqlx::Error> {
        let (mut consumers, mut aggregates, mut versions) = (Vec::new(), Vec::new(), Vec::new());
        let (mut customers, mut encoded) = (Vec::new(), Vec::new());
        for event in events {
            let (subscribers, customer) = (event.subscribers, event.customer.filter(|_| staged));
            let event = self.event(event, context, at);
            let bytes = event.encode_to_vec();
            for consumer in subscribers {
                consumers.push(consumer.name());
                aggregates.push(event.aggregate.clone());
                versions.push(event.version);
                customers.push(customer);
                encoded.push(bytes.clone());
            }
        }
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query(
            "insert into outbox (consumer, aggregate, version, staged_for, event)
             select consumer, aggregate, version, staged_for, event
             from unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::bytea[]) with ordinality
                 as row (consumer, aggregate, version, staged_for, event, place)
             order by place",
        );
        statement
            .bind(consumers)
            .bind(aggregates)
            .bind(versions)
            .bind(customers)
            .bind(encoded)
            .execute(transaction)
            .await
            .map(drop)
    }

    fn event(&self, new: NewEvent, context: &ChangeContext, at: OffsetDateTime) -> Event {
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
            "update outbox set staged_for = null where staged_for = any((select $1::uuid[])::uuid[]) returning consumer",
        );
        let consumers = statement.bind(customers).fetch_all(&mut *transaction).await?;
        consumers.iter().filter_map(|name| name.parse().ok()).for_each(|consumer| transaction.wake(consumer));
        Ok(())
    }

    /// The customers were given up: what was staged for them never happened.
    pub async fn discard(transaction: &mut Transaction, customers: &[CustomerId]) -> Result<(), sqlx::Error> {
        if customers.is_empty() {
            return Ok(());
        }
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query("delete from outbox where staged_for = any($1)");
        statement.bind(customers).execute(transaction).await.map(drop)
    }
}
