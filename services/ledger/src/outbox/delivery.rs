//! What one delivery of a batch does: sort out what can be sent, send it, and say what became of each job.

use crate::queue::{Batch, Job, LEASE, LeaseLimits, MOST_ATTEMPTS, Settlement};
use patron_chassis::{client::Channel, fault, peer::Peer};
use patron_proto::event::{
    internal::v1::{
        DeliverEventsRequest, PassedOver, deliver_events_response::Outcome,
        event_delivery_service_client::EventDeliveryServiceClient,
    },
    v1::Event,
};
use prost::Message as _;
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    time::{Duration, Instant},
};
use tonic::Code;
use uuid::Uuid;

/// How long a receiver may take for one call: less than the lease, so that nobody else sends the same meanwhile.
const CALL: Duration = Duration::from_secs(3);
/// When what was not sent is due again: at once, as the relay itself waits while a consumer is away.
const SOON: Duration = Duration::ZERO;

/// A leased batch, sorted into what can be sent and what cannot.
pub(super) struct Deliveries {
    pub(super) lease: Uuid,
    /// Events to send, in order.
    pub(super) ready: Vec<(Job, Event)>,
    /// What no consumer could take, with what is wrong.
    pub(super) unfit: Vec<(Job, Settlement)>,
    /// Dropped events, which are done once the consumer knows that they will not come.
    pub(super) dropped: Vec<Job>,
    /// Versions that the consumer shall not wait for, by aggregate.
    passed_over: BTreeMap<String, BTreeSet<i64>>,
    bytes: usize,
}

impl Deliveries {
    /// What is in a batch of events of `source`.
    pub(super) fn of(batch: Batch, source: Peer) -> Self {
        let mut deliveries = Self {
            lease: batch.lease(),
            ready: Vec::with_capacity(batch.jobs.len()),
            unfit: Vec::new(),
            dropped: Vec::new(),
            passed_over: BTreeMap::new(),
            bytes: 0,
        };
        for job in batch.jobs {
            deliveries.bytes += job.payload.as_ref().map_or(0, Vec::len);
            deliveries.pass_over(&job, job.dead_versions.clone());
            match event_in(&job, source) {
                Ok(Some(event)) => deliveries.ready.push((job, event)),
                Ok(None) => {
                    deliveries.pass_over(&job, job.version);
                    deliveries.dropped.push(job);
                }
                Err(wrong) => {
                    tracing::error!(job = job.id, key = job.key, wrong, "an event cannot be delivered");
                    deliveries.pass_over(&job, job.version);
                    deliveries.unfit.push((job, Settlement::Dead(wrong.to_owned())));
                }
            }
        }
        deliveries
    }

    fn pass_over(&mut self, job: &Job, versions: impl IntoIterator<Item = i64>) {
        let mut versions = versions.into_iter().peekable();
        if let (Some(aggregate), Some(_)) = (&job.key, versions.peek()) {
            self.passed_over.entry(aggregate.clone()).or_default().extend(versions);
        }
    }

    /// What the consumer shall not wait for, as it is sent.
    pub(super) fn passed_over(&self) -> Vec<PassedOver> {
        let all = self.passed_over.iter();
        all.map(|(aggregate, versions)| PassedOver {
            aggregate: aggregate.clone(),
            versions: versions.iter().copied().collect(),
        })
        .collect()
    }

    /// Whether there may be more than this batch took.
    pub(super) fn fill(&self, limits: LeaseLimits) -> bool {
        let jobs = self.ready.len() + self.unfit.len() + self.dropped.len();
        // A batch is cut before the event with which it would have too many bytes.
        let room = usize::try_from(limits.bytes).unwrap_or(usize::MAX).saturating_sub(self.bytes);
        i64::try_from(jobs) == Ok(limits.jobs) || room < super::MOST_BYTES
    }
}

/// The event of a job; `None` where it was dropped. Fails with the class of what is wrong.
fn event_in(job: &Job, source: Peer) -> Result<Option<Event>, &'static str> {
    if job.attempts >= MOST_ATTEMPTS {
        return Err("abandoned");
    }
    let Some(payload) = &job.payload else { return Ok(None) };
    let event = Event::decode(payload.as_slice()).map_err(|_| "undecodable")?;
    if event.source != source.name() {
        return Err("foreign source");
    }
    if job.key.as_deref() != Some(&event.aggregate) || job.version != Some(event.version) {
        return Err("mislabelled");
    }
    Ok(Some(event))
}

/// Calls one consumer. Cheap to clone.
#[derive(Clone)]
pub(super) struct Sender {
    pub(super) source: Peer,
    pub(super) consumer: Peer,
    pub(super) client: EventDeliveryServiceClient<Channel>,
}

/// What came of a call.
enum Answer {
    /// An outcome for each event.
    Outcomes(Vec<Outcome>),
    /// The consumer cannot take anything for the moment; nothing is wrong with the events.
    Away,
    /// Something among the events is wrong, by the class of the error.
    Refused(String),
}

impl Sender {
    /// Sends all that is ready, and says what became of each job, and whether the consumer is away. Where events are refused together,
    /// halves of them are sent, until those are found that are wrong; what comes behind one of its aggregate waits.
    pub(super) async fn send(mut self, deliveries: Deliveries) -> (Vec<(Job, Settlement)>, bool) {
        let (began, passed_over) = (Instant::now(), deliveries.passed_over());
        let mut settled = deliveries.unfit;
        let mut pieces = vec![deliveries.ready];
        let (mut waiting, mut away) = (HashSet::new(), false);
        let mut announced = pieces.iter().any(|piece| !piece.is_empty()) || passed_over.is_empty();
        if !announced {
            announced = matches!(self.call(&[], &passed_over).await, Answer::Outcomes(_));
            away = !announced;
        }
        while let Some(piece) = pieces.pop() {
            let late = away || began.elapsed() + CALL > LEASE;
            let (mut piece, behind): (Vec<_>, Vec<_>) =
                piece.into_iter().partition(|(_, event)| !late && !waiting.contains(&event.aggregate));
            settled.extend(behind.into_iter().map(|(job, _)| (job, Settlement::Again(SOON))));
            if piece.is_empty() {
                continue;
            }
            match self.call(&piece, &passed_over).await {
                Answer::Outcomes(outcomes) => {
                    for ((job, event), outcome) in piece.into_iter().zip(outcomes) {
                        let settlement = settlement(outcome);
                        if !matches!(settlement, Settlement::Done | Settlement::Dead(_)) {
                            waiting.insert(event.aggregate);
                        }
                        settled.push((job, settlement));
                    }
                }
                Answer::Away => {
                    (away, announced) = (true, false);
                    settled.extend(piece.into_iter().map(|(job, _)| (job, Settlement::Again(SOON))));
                }
                Answer::Refused(class) if piece.len() == 1 => {
                    waiting.extend(piece.iter().map(|(_, event)| event.aggregate.clone()));
                    settled
                        .extend(piece.into_iter().map(|(job, _)| (job, Settlement::Failed(class.clone()))));
                }
                Answer::Refused(_) => {
                    let second = piece.split_off(piece.len() / 2);
                    pieces.extend([second, piece]);
                }
            }
        }
        let dropped = if announced { Settlement::Done } else { Settlement::Again(SOON) };
        settled.extend(deliveries.dropped.into_iter().map(|job| (job, dropped.clone())));
        (settled, away)
    }

    async fn call(&mut self, piece: &[(Job, Event)], passed_over: &[PassedOver]) -> Answer {
        let events: Vec<Event> = piece.iter().map(|(_, event)| event.clone()).collect();
        let request = DeliverEventsRequest { events, passed_over: passed_over.to_vec() };
        fault::point("relay.before_send");
        let answer = tokio::time::timeout(CALL, self.client.deliver_events(request)).await;
        fault::point("relay.after_send");
        let consumer = self.consumer;
        match answer {
            Ok(Ok(reply)) if reply.get_ref().outcomes.len() == piece.len() => {
                Answer::Outcomes(reply.get_ref().outcomes().collect())
            }
            Ok(Ok(_)) => {
                tracing::error!(%consumer, "the consumer answered for another number of events");
                Answer::Away
            }
            Ok(Err(status)) if refuses_events(status.code()) => {
                tracing::error!(%consumer, code = ?status.code(), events = piece.len(), "events were refused");
                Answer::Refused(format!("refused with {:?}", status.code()))
            }
            Ok(Err(status)) => {
                tracing::warn!(%consumer, code = ?status.code(), "events were not delivered; the next round tries again");
                Answer::Away
            }
            Err(_) => {
                tracing::warn!(%consumer, "the consumer did not answer in time; the next round tries again");
                Answer::Away
            }
        }
    }
}

/// Whether it is the events that are wrong, and not the moment, the way or the permission.
fn refuses_events(code: Code) -> bool {
    matches!(
        code,
        Code::InvalidArgument
            | Code::OutOfRange
            | Code::NotFound
            | Code::AlreadyExists
            | Code::FailedPrecondition
            | Code::Internal
            | Code::DataLoss
    )
}

fn settlement(outcome: Outcome) -> Settlement {
    match outcome {
        Outcome::Applied => Settlement::Done,
        Outcome::Untried => Settlement::Again(SOON),
        Outcome::Gap => Settlement::Failed("an earlier version is missing".to_owned()),
        Outcome::Conflict => Settlement::Dead("another event of this version came before".to_owned()),
        Outcome::Failed | Outcome::Unspecified => Settlement::Failed("not applicable".to_owned()),
    }
}
