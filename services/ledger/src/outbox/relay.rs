use super::delivery::{Deliveries, Sender};
use crate::queue::{AFTER_FAILURE, LeaseLimits, POLL, Queue};
use patron_chassis::{client::Channel, peer::Peer, pg::Database};
use patron_proto::event::internal::v1::event_delivery_service_client::EventDeliveryServiceClient;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Events sent in one call, and their bytes, which with what stands around them stay below the receiver's 1 MiB. Their transaction at
/// the receiver must end well within the statement timeout.
const LIMITS: LeaseLimits = LeaseLimits { jobs: 500, bytes: 768 << 10, whole_keys: true };
/// Calls to one consumer at the same time, of this process. Two keep the receiver busy while a batch is leased and settled; the more
/// there are, the more transactions of the receiver wait for one another.
const CALLS: usize = 4;
/// Least time between two calls to one consumer that are not full: what is written in a burst goes in few calls, at a fraction of
/// their cost. A change in quiet times is sent at once.
const PACE: Duration = Duration::from_millis(100);

/// Delivers the events of one service to one consumer, in order for each aggregate.
///
/// Relays of all replicas work at the same time, each on aggregates of its own: it leases the events of an aggregate together, and holds
/// no transaction while it sends them. An event is removed after the consumer has committed it, so a crash in between sends it again,
/// and the consumer knows it by its version.
pub struct Relay {
    queue: Queue,
    sender: Sender,
}

impl Relay {
    /// A relay from `source` to `consumer`, reached by `channel`.
    pub fn new(database: Database, source: Peer, consumer: Peer, channel: Channel) -> Self {
        let client = EventDeliveryServiceClient::new(channel);
        Self { queue: Queue::new(database), sender: Sender { source, consumer, client } }
    }

    /// Delivers until `stop`. Failures are logged and tried again.
    pub async fn run(self, stop: CancellationToken) {
        let consumer = self.sender.consumer;
        let mut written = self.queue.database().written();
        let (calls, away) = (Arc::new(Semaphore::new(CALLS)), Arc::new(AtomicBool::new(false)));
        let mut under_way = JoinSet::new();
        while !stop.is_cancelled() {
            // Before the look, so that a commit during it is not missed.
            let seen = written.borrow_and_update().get(consumer.name()).copied();
            while under_way.try_join_next().is_some() {}
            let Some(Ok(call)) = stop.run_until_cancelled(calls.clone().acquire_owned()).await else { break };
            let (rest, then) = match self.queue.lease(consumer.name(), LIMITS).await {
                Ok(batch) if batch.jobs.is_empty() => (Duration::ZERO, POLL),
                Ok(batch) => {
                    let deliveries = Deliveries::of(batch, self.sender.source);
                    let full = deliveries.fill(LIMITS);
                    let (queue, sender, gone) = (self.queue.clone(), self.sender.clone(), away.clone());
                    under_way.spawn(async move {
                        gone.store(deliver(&queue, sender, deliveries).await, Ordering::Relaxed);
                        drop(call);
                    });
                    if full && !away.load(Ordering::Relaxed) {
                        continue;
                    }
                    (PACE, POLL)
                }
                Err(error) => {
                    tracing::warn!(%consumer, error = %error, "the outbox could not be read; the next round tries again");
                    (AFTER_FAILURE, Duration::ZERO)
                }
            };
            let rest = if away.load(Ordering::Relaxed) { AFTER_FAILURE } else { rest };
            let news = written.wait_for(|written| written.get(consumer.name()).copied() != seen);
            let wait = async {
                tokio::time::sleep(rest).await;
                drop(tokio::time::timeout(then, news).await);
            };
            stop.run_until_cancelled(wait).await;
        }
        while under_way.join_next().await.is_some() {}
    }
}

/// Sends a batch, and says whether the consumer is away.
async fn deliver(queue: &Queue, sender: Sender, deliveries: Deliveries) -> bool {
    let lease = deliveries.lease;
    let (settled, away) = sender.send(deliveries).await;
    if let Err(error) = queue.settle(lease, &settled).await {
        tracing::warn!(error = %error, "what was delivered could not be settled, and will be delivered again");
    }
    away
}
