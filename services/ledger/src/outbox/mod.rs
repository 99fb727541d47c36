//! Changes on their way to other services: written in the transaction of the change, sent by the [`relay`](Relay),
//! removed when they have been applied.

mod relay;

pub use self::relay::Relay;

use patron_chassis::{ids::Ids, peer::Peer, pg::Transaction};
use patron_proto::event::v1::{ChangeContext, Event, FieldChange, event::Snapshot};
use patron_values::{id::CustomerId, timestamp};
use prost::Message as _;
use time::OffsetDateTime;

/// A change to tell, before it has an id and a sender.
#[derive(Debug, Clone)]
pub struct Draft {
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
    pub to: &'static [Peer],
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
    pub async fn write(
        &self,
        transaction: &mut Transaction,
        context: &ChangeContext,
        at: OffsetDateTime,
        drafts: Vec<Draft>,
    ) -> Result<(), sqlx::Error> {
        for draft in &drafts {
            draft.to.iter().for_each(|consumer| transaction.tell(*consumer));
        }
        self.insert(transaction, context, at, drafts, false).await
    }

    /// The same for customers who are being created: the events of each wait until [`release`](Self::release) says that it is
    /// whole.
    pub async fn hold(
        &self,
        transaction: &mut Transaction,
        context: &ChangeContext,
        at: OffsetDateTime,
        drafts: Vec<Draft>,
    ) -> Result<(), sqlx::Error> {
        self.insert(transaction, context, at, drafts, true).await
    }

    async fn insert(
        &self,
        transaction: &mut Transaction,
        context: &ChangeContext,
        at: OffsetDateTime,
        drafts: Vec<Draft>,
        held: bool,
    ) -> Result<(), sqlx::Error> {
        let (mut consumers, mut aggregates, mut versions) = (Vec::new(), Vec::new(), Vec::new());
        let (mut customers, mut events) = (Vec::new(), Vec::new());
        for draft in drafts {
            let (to, customer) = (draft.to, draft.customer.filter(|_| held));
            let event = self.event(draft, context, at);
            let bytes = event.encode_to_vec();
            for consumer in to {
                consumers.push(consumer.name());
                aggregates.push(event.aggregate.clone());
                versions.push(event.version);
                customers.push(customer);
                events.push(bytes.clone());
            }
        }
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query(
            "insert into outbox (consumer, aggregate, version, held_for, event)
             select consumer, aggregate, version, held_for, event
             from unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::bytea[]) with ordinality
                 as row (consumer, aggregate, version, held_for, event, place)
             order by place",
        );
        statement
            .bind(consumers)
            .bind(aggregates)
            .bind(versions)
            .bind(customers)
            .bind(events)
            .execute(transaction)
            .await
            .map(drop)
    }

    fn event(&self, draft: Draft, context: &ChangeContext, at: OffsetDateTime) -> Event {
        Event {
            event_id: self.ids.next::<uuid::Uuid>().to_string(),
            source: self.source.name().to_owned(),
            aggregate: draft.aggregate,
            version: draft.version,
            r#type: draft.kind.to_owned(),
            customer: draft.customer.map(CustomerId::resource_name).unwrap_or_default(),
            resource: draft.resource,
            context: Some(context.clone()),
            time: Some(timestamp(at)),
            changes: draft.changes,
            snapshot: draft.snapshot,
        }
    }

    /// The customers are whole: what was held for them may go out.
    pub async fn release(transaction: &mut Transaction, customers: &[CustomerId]) -> Result<(), sqlx::Error> {
        if customers.is_empty() {
            return Ok(());
        }
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query_scalar::<_, String>(
            "update outbox set held_for = null where held_for = any((select $1::uuid[])::uuid[]) returning consumer",
        );
        let consumers = statement.bind(customers).fetch_all(&mut *transaction).await?;
        consumers.iter().filter_map(|name| name.parse().ok()).for_each(|consumer| transaction.tell(consumer));
        Ok(())
    }

    /// The customers were given up: what was held for them never happened.
    pub async fn discard(transaction: &mut Transaction, customers: &[CustomerId]) -> Result<(), sqlx::Error> {
        if customers.is_empty() {
            return Ok(());
        }
        #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
        let statement = sqlx::query("delete from outbox where held_for = any($1)");
        statement.bind(customers).execute(transaction).await.map(drop)
    }
}
