use super::delivery::{Deliveries, Sender};
use crate::queue::{AFTER_FAILURE, Batch, Concurrency, LeaseLimits, Next, Queue};
use patron_chassis::{client::Channel, peer::Peer, pg::Database};
use patron_proto::event::internal::v1::event_delivery_service_client::EventDeliveryServiceClient;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{sync::OwnedSemaphorePermit, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// Events sent in one call, and their bytes, which with what stands around them stay below the receiver's 1 MiB. Their transaction at
/// the receiver must end well within the statement timeout.
const LIMITS: LeaseLimits = LeaseLimits { jobs: 500, bytes: 768 << 10, whole_keys: true };
/// Calls to one consumer at the same time, of this process. Two keep the receiver busy while a batch is leased and settled; the more
/// there are, the more transactions of the receiver wait for one another.
const CALLS: usize = 4;
/// Least time between two calls to one consumer that are not full: what is written in a burst goes in few calls, at a fraction of
/// their cost. A change in quiet times is sent at once.
const PACE: Duration = Duration::from_millis(200);

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
        let away = Arc::new(AtomicBool::new(false));
        let begin = |batch: Batch, permit: OwnedSemaphorePermit, under_way: &mut JoinSet<()>| {
            let (mut full, mut rest) = (false, Duration::ZERO);
            if !batch.jobs.is_empty() {
                let deliveries = Deliveries::of(batch, self.sender.source);
                (full, rest) = (deliveries.fill(LIMITS), PACE);
                let (queue, sender, gone) = (self.queue.clone(), self.sender.clone(), away.clone());
                under_way.spawn(async move {
                    gone.store(deliver(&queue, sender, deliveries).await, Ordering::Relaxed);
                    drop(permit);
                });
            }
            match (away.load(Ordering::Relaxed), full) {
                (true, _) => Next::After(AFTER_FAILURE),
                (false, true) => Next::AtOnce,
                (false, false) => Next::After(rest),
            }
        };
        let kind = self.sender.consumer.name();
        self.queue.rounds(kind, Concurrency::Batches(CALLS, LIMITS), stop, begin).await;
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
