use super::Consumer;
use patron_chassis::{
    pg::{self, Database, Transaction},
    principal::Principal,
    status::Problem,
};
use patron_proto::event::{
    internal::v1::{
        DeliverEventsRequest, DeliverEventsResponse, deliver_events_response::Outcome,
        event_delivery_service_server::EventDeliveryService,
    },
    v1::Event,
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use tonic::{Request, Response, Status};

/// Takes the events that other services deliver to this one.
#[derive(Debug)]
pub struct Delivery<C> {
    database: Database,
    consumer: Arc<C>,
}

impl<C: Consumer> Delivery<C> {
    /// Events for `consumer`, whose effects and versions go into `database`.
    pub fn new(database: Database, consumer: C) -> Self {
        Self { database, consumer: Arc::new(consumer) }
    }

    /// Applies events in one transaction. Fails where one of them fails, and then none has taken effect.
    async fn apply(&self, source: &str, events: &[Event]) -> anyhow::Result<Vec<Outcome>> {
        let mut transaction = self.database.begin().await?;
        if advance(&mut transaction, source, events).await? {
            self.consumer.apply(&mut transaction, events).await?;
            transaction.commit().await?;
            return Ok(vec![Outcome::Applied; events.len()]);
        }
        drop(transaction);
        self.apply_what_is_next(source, events).await
    }

    /// Applies those events that follow on what was applied, where others came before or come too early.
    async fn apply_what_is_next(&self, source: &str, events: &[Event]) -> anyhow::Result<Vec<Outcome>> {
        let consumer = &self.consumer;
        let mut transaction = self.database.begin().await?;
        let mut versions = lock_versions(&mut transaction, source, events).await?;
        let mut outcomes = Vec::with_capacity(events.len());
        let mut ready = Vec::with_capacity(events.len());
        for event in events {
            let version = versions
                .get_mut(&event.aggregate)
                .ok_or_else(|| anyhow::anyhow!("a version was not locked"))?;
            outcomes.push(if event.version <= *version {
                Outcome::Applied
            } else if event.version == *version + 1 {
                *version += 1;
                ready.push(event.clone());
                Outcome::Applied
            } else {
                Outcome::Gap
            });
        }
        if !ready.is_empty() {
            consumer.apply(&mut transaction, &ready).await?;
            store_versions(&mut transaction, source, &ready).await?;
        }
        transaction.commit().await?;
        Ok(outcomes)
    }

    /// Applies events one by one, so that one that fails keeps back only those behind it.
    async fn apply_singly(&self, source: &str, events: &[Event]) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(events.len());
        for event in events {
            outcomes.push(match self.apply(source, std::slice::from_ref(event)).await {
                Ok(outcome) => outcome.first().copied().unwrap_or(Outcome::Failed),
                Err(error) => {
                    tracing::error!(
                        event_id = event.event_id,
                        error = format!("{error:#}"),
                        "an event could not be applied"
                    );
                    Outcome::Failed
                }
            });
        }
        outcomes
    }
}

#[tonic::async_trait]
impl<C: Consumer> EventDeliveryService for Delivery<C> {
    async fn deliver_events(
        &self,
        request: Request<DeliverEventsRequest>,
    ) -> Result<Response<DeliverEventsResponse>, Status> {
        let Principal::Peer(source) = *Principal::of(&request) else {
            return Err(Problem::PeerNotAllowed.into());
        };
        let events = request.into_inner().events;
        let from_caller = events.iter().all(|event| event.source == source.name());
        if !from_caller || !C::SOURCES.contains(&source) {
            return Err(Problem::PeerNotAllowed.into());
        }
        let outcomes = match self.apply(source.name(), &events).await {
            Ok(outcomes) => outcomes,
            // Nothing is wrong with the events: the sender soon tries all of them again, and puts none off.
            Err(error) if error.downcast_ref().is_some_and(pg::is_outage) => {
                return Err(Problem::Unavailable.into());
            }
            Err(_) => self.apply_singly(source.name(), &events).await,
        };
        Ok(Response::new(DeliverEventsResponse { outcomes: outcomes.into_iter().map(i32::from).collect() }))
    }
}

/// Takes the version of each aggregate on to its last event, if the first one is next; says whether that was so of all. They
/// nearly always are: so each delivery needs one statement for its versions.
async fn advance(transaction: &mut Transaction, source: &str, events: &[Event]) -> Result<bool, sqlx::Error> {
    // In one order for all, so that two deliveries cannot wait for each other.
    let mut delivered: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for Event { aggregate, version, .. } in events {
        let (_, last) = delivered.entry(aggregate).or_insert((*version, *version - 1));
        if *version != *last + 1 {
            return Ok(false);
        }
        *last = *version;
    }
    let versions = delivered.values().copied();
    let (first, last): (Vec<i64>, Vec<i64>) = versions.unzip();
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_scalar::<_, i64>(
        "with delivered as (select * from unnest($2::text[], $3::bigint[], $4::bigint[]) as delivered (aggregate, first, last)),
         begun as (
             insert into inbox (source, aggregate, version) select $1, aggregate, last from delivered where first = 1
             on conflict (source, aggregate) do nothing
             returning aggregate),
         continued as (
             update inbox set version = last from delivered
             where inbox.source = $1 and inbox.aggregate = delivered.aggregate and version = first - 1 and first > 1
             returning inbox.aggregate)
         select (select count(*) from begun) + (select count(*) from continued)",
    );
    let aggregates: Vec<&str> = delivered.keys().copied().collect();
    let advanced =
        statement.bind(source).bind(aggregates).bind(first).bind(last).fetch_one(transaction).await?;
    Ok(usize::try_from(advanced) == Ok(delivered.len()))
}

/// The version applied of each aggregate, with its row locked against another delivery until the transaction ends.
async fn lock_versions(
    transaction: &mut Transaction,
    source: &str,
    events: &[Event],
) -> Result<HashMap<String, i64>, sqlx::Error> {
    let mut aggregates: Vec<&str> = events.iter().map(|event| event.aggregate.as_str()).collect();
    // In one order for all, so that two deliveries cannot wait for each other.
    aggregates.sort_unstable();
    aggregates.dedup();
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query_as::<_, (String, i64)>(
        "insert into inbox (source, aggregate, version) select $1, aggregate, 0 from unnest($2::text[]) as row (aggregate)
         on conflict (source, aggregate) do update set version = inbox.version
         returning aggregate, version",
    );
    Ok(statement.bind(source).bind(aggregates).fetch_all(transaction).await?.into_iter().collect())
}

async fn store_versions(
    transaction: &mut Transaction,
    source: &str,
    events: &[Event],
) -> Result<(), sqlx::Error> {
    let latest: HashMap<&str, i64> =
        events.iter().map(|event| (event.aggregate.as_str(), event.version)).collect();
    let (aggregates, versions): (Vec<&str>, Vec<i64>) = latest.into_iter().unzip();
    #[expect(clippy::disallowed_methods, reason = "the schema is the service's search path")]
    let statement = sqlx::query(
        "update inbox set version = latest.version from unnest($2::text[], $3::bigint[]) as latest (aggregate, version)
         where inbox.source = $1 and inbox.aggregate = latest.aggregate",
    );
    statement.bind(source).bind(aggregates).bind(versions).execute(transaction).await.map(drop)
}
