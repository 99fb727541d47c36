use super::{
    Consumer, is_history,
    token::Delivered,
    version::{self, Known, time_of},
};
use crate::reference;
use patron_chassis::{
    pg::{self, Database},
    principal::Principal,
    status::Problem,
};
use patron_proto::event::{
    internal::v1::{
        DeliverEventsRequest, DeliverEventsResponse, PassedOver, deliver_events_response::Outcome,
        event_delivery_service_server::EventDeliveryService,
    },
    v1::Event,
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};
use time::Duration;
use tonic::{Request, Response, Status};

/// By how much the clocks of a service's replicas may differ. A lower version that was made by more than this after a higher one was
/// made by a service that has been restored in between.
pub(crate) const CLOCKS: Duration = Duration::seconds(10);

/// Takes the events that other services deliver to this one. Cheap to clone.
#[derive(Debug)]
pub struct Delivery<C> {
    pub(super) database: Database,
    pub(super) consumer: Arc<C>,
    delivered: Delivered,
}

impl<C> Clone for Delivery<C> {
    fn clone(&self) -> Self {
        let Self { database, consumer, delivered } = self;
        Self { database: database.clone(), consumer: consumer.clone(), delivered: delivered.clone() }
    }
}

/// How the version of an event is compared with the one that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Events, as their source made them.
    Deliver,
    /// Snapshots, where they are higher than what is known.
    Fill,
    /// Snapshots of a forced resync, which replace equal and higher versions too, unless those were made less than 10 s before the
    /// snapshot.
    Replace,
}

/// Versions that are not to be waited for, by aggregate.
pub(super) type PassedOverVersions<'r> = HashMap<&'r str, BTreeSet<i64>>;

impl<C: Consumer> Delivery<C> {
    /// Events for `consumer`, whose effects and versions go into `database`.
    pub fn new(database: Database, consumer: C) -> Self {
        Self { database, consumer: Arc::new(consumer), delivered: Delivered::default() }
    }

    /// The same, which wakes readers of this process that wait for events.
    pub(crate) fn announced_by(self, delivered: Delivered) -> Self {
        Self { delivered, ..self }
    }

    /// Applies events. Where they fail together, halves of them are tried, until those are found that fail alone. Later events of an aggregate
    /// that failed stay untried, and so do all where the database is in the way.
    pub(super) async fn apply_all(
        &self,
        source: &str,
        events: &[Event],
        passed_over: &PassedOverVersions<'_>,
        how: How,
    ) -> Result<Vec<Outcome>, Problem> {
        let mut outcomes = vec![Outcome::Untried; events.len()];
        let (mut pieces, mut failed) = (vec![(0..events.len()).collect::<Vec<_>>()], HashSet::new());
        while let Some(mut piece) = pieces.pop() {
            piece.retain(|at| !failed.contains(&events[*at].aggregate));
            let chosen: Vec<&Event> = piece.iter().map(|at| &events[*at]).collect();
            match self.apply(source, &chosen, passed_over, how).await {
                Ok(applied) => piece.iter().zip(applied).for_each(|(at, outcome)| outcomes[*at] = outcome),
                Err(error) if passes(&error) => {
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "events could not be applied for the moment"
                    );
                    if outcomes.iter().all(|outcome| *outcome == Outcome::Untried) {
                        return Err(Problem::Unavailable);
                    }
                    break;
                }
                Err(error) => match piece.as_slice() {
                    [] => break,
                    [at] => {
                        let event_id = &events[*at].event_id;
                        tracing::error!(
                            event_id,
                            error = format!("{error:#}"),
                            "an event could not be applied"
                        );
                        outcomes[*at] = Outcome::Failed;
                        failed.insert(&events[*at].aggregate);
                    }
                    _ => {
                        let second = piece.split_off(piece.len() / 2);
                        pieces.extend([second, piece]);
                    }
                },
            }
        }
        Ok(outcomes)
    }

    /// Applies events in one transaction. Fails where one of them fails, and then none has taken effect.
    async fn apply(
        &self,
        source: &str,
        events: &[&Event],
        passed_over: &PassedOverVersions<'_>,
        how: How,
    ) -> anyhow::Result<Vec<Outcome>> {
        if how != How::Replace && passed_over.is_empty() && !events.is_empty() {
            let mut transaction = self.database.begin().await?;
            if version::advance::<C>(&mut transaction, source, events).await? {
                self.consumer.apply(&mut transaction, &owned(events)).await?;
                transaction.commit().await?;
                self.delivered.announce(source, events);
                return Ok(vec![Outcome::Applied; events.len()]);
            }
        }
        self.apply_what_is_new(source, events, passed_over, how).await
    }

    /// Applies the events that are new, where others among them were applied before or come too early.
    async fn apply_what_is_new(
        &self,
        source: &str,
        events: &[&Event],
        passed_over: &PassedOverVersions<'_>,
        how: How,
    ) -> anyhow::Result<Vec<Outcome>> {
        let mut transaction = self.database.begin().await?;
        let passed = passed_over.keys().copied().filter(|_| C::KEEPS_HISTORY);
        let aggregates = events.iter().map(|event| event.aggregate.as_str()).chain(passed);
        let mut known = version::lock(&mut transaction, source, aggregates).await?;
        let (mut outcomes, mut new) = (Vec::with_capacity(events.len()), Vec::with_capacity(events.len()));
        for event in events {
            let of_it = known.get_mut(&event.aggregate);
            let of_it = of_it.ok_or_else(|| anyhow::anyhow!("a version was not locked"))?;
            let outcome = if is_history::<C>(event) {
                of_it.pass_over(passed_over.get(event.aggregate.as_str()), Some(event.version));
                history(of_it, event)
            } else {
                snapshot(of_it, event, how)
            };
            outcomes.push(outcome.unwrap_or_else(|| {
                new.push(*event);
                Outcome::Applied
            }));
        }
        for (aggregate, versions) in passed_over.iter().filter(|_| C::KEEPS_HISTORY) {
            if let Some(of_it) = known.get_mut(*aggregate) {
                of_it.pass_over(Some(versions), None);
            }
        }
        if !new.is_empty() {
            let new = owned(&new);
            if how == How::Replace {
                reference::forget_versions(&mut transaction, &new).await?;
            }
            self.consumer.apply(&mut transaction, &new).await?;
        }
        version::store(&mut transaction, source, known.values()).await?;
        transaction.commit().await?;
        self.delivered.announce(source, &new);
        Ok(outcomes)
    }
}

fn owned(events: &[&Event]) -> Vec<Event> {
    events.iter().map(|event| (*event).clone()).collect()
}

/// What becomes of an event of which each version counts; `None` where it is to be applied.
fn history(known: &mut Known, event: &Event) -> Option<Outcome> {
    if let Some(at) = known.passed_over.iter().position(|passed| *passed == event.version) {
        known.passed_over.remove(at);
        return None;
    }
    if event.version <= known.version {
        return Some(before(known, event));
    }
    if known.version != 0 && event.version - 1 != known.version {
        return Some(Outcome::Gap);
    }
    (known.version, known.event_time) = (event.version, Some(time_of(event)));
    None
}

/// What becomes of an event that carries a whole snapshot; `None` where it is to be applied.
fn snapshot(known: &mut Known, event: &Event, how: How) -> Option<Outcome> {
    let time = time_of(event);
    // An equal version is always replaced: it is the same, or its rows were lost since.
    let is_current =
        event.version == known.version || known.event_time.is_none_or(|known| known + CLOCKS < time);
    if event.version <= known.version && !(how == How::Replace && is_current) {
        return Some(if how == How::Deliver { before(known, event) } else { Outcome::Applied });
    }
    (known.version, known.event_time) = (event.version, Some(time));
    None
}

/// What becomes of an event of a version that took effect before.
fn before(known: &Known, event: &Event) -> Outcome {
    // A repeat of the last version says the same time, or an earlier one than the snapshot that was listed of it. When older ones were
    // made is not known any more.
    let is_last = event.version == known.version;
    let differs = |time| if is_last { time_of(event) > time } else { time_of(event) > time + CLOCKS };
    match known.event_time {
        Some(time) if differs(time) => {
            tracing::error!(
                event_id = event.event_id,
                aggregate = event.aggregate,
                version = event.version,
                known = known.version,
                "an event has a version that another one had before: its source was restored, and a resync is due"
            );
            Outcome::Conflict
        }
        _ => Outcome::Applied,
    }
}

/// Whether what failed will pass by itself, and is no fault of the events.
fn passes(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref()).any(pg::is_outage)
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
        let DeliverEventsRequest { events, passed_over } = request.into_inner();
        let is_sound = |event: &Event| event.source == source.name() && event.version > 0;
        let foreign = !events.is_empty() && events.iter().all(|event| event.source != source.name());
        if foreign || !C::SOURCES.contains(&source) {
            return Err(Problem::PeerNotAllowed.into());
        }
        let (sound, verdicts): (Vec<Event>, Vec<bool>) = {
            let verdicts: Vec<bool> = events.iter().map(is_sound).collect();
            (events.into_iter().filter(is_sound).collect(), verdicts)
        };
        let mut applied = self
            .apply_all(source.name(), &sound, &by_aggregate(&passed_over), How::Deliver)
            .await?
            .into_iter();
        let outcomes = verdicts.into_iter().map(|sound| {
            let outcome = if sound { applied.next() } else { Some(Outcome::Failed) };
            i32::from(outcome.unwrap_or(Outcome::Untried))
        });
        Ok(Response::new(DeliverEventsResponse { outcomes: outcomes.collect() }))
    }
}

fn by_aggregate(passed_over: &[PassedOver]) -> PassedOverVersions<'_> {
    let all = passed_over.iter();
    all.map(|it| (it.aggregate.as_str(), it.versions.iter().copied().collect())).collect()
}
