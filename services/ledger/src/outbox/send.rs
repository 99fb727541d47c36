use super::batch::Deliveries;
use crate::queue::{Job, LEASE, Settlement};
use patron_chassis::{client::Channel, fault, peer::Peer};
use patron_proto::event::{
    internal::v1::{
        DeliverEventsRequest, PassedOver, deliver_events_response::Outcome,
        event_delivery_service_client::EventDeliveryServiceClient,
    },
    v1::Event,
};
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};
use tonic::Code;

/// How long a receiver may take for one call: less than the lease, so that nobody else sends the same meanwhile.
const CALL: Duration = Duration::from_secs(3);
/// When what was not sent is due again: at once, as the relay itself waits while a consumer is away.
const SOON: Duration = Duration::ZERO;

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
