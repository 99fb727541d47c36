//! What happens, as it happens: the database is asked once for all streams of a process.
//!
//! Events go out in the order of their positions, which are [given](store::arrival::sequence) here too.

use crate::{
    activity_event::{Arrived, Position},
    store,
    viewer::Customer,
};
use patron_chassis::pg::Database;
use patron_values::id::CustomerId;
use std::{sync::Arc, time::Duration};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// How often the database is asked besides after each commit of this process: finds what replicas keep, and what one that died left
/// without a position.
const POLL: Duration = Duration::from_millis(200);
/// How soon it is asked again after it did not answer.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Events read at a time.
pub const BATCH: i64 = 100;
/// Batches a stream may be behind before it is ended: with [`BATCH`] about 3 MB, which all streams share.
const BEHIND: usize = 32;

/// The source of the streams. Cheap to clone.
#[derive(Clone)]
pub struct Broadcaster {
    database: Database,
    sender: broadcast::Sender<Batch>,
}

/// An event, with what must be known to say who sees it.
#[derive(Debug)]
pub struct Delivery {
    /// What happened.
    pub arrived: Arrived,
    /// The customer whom it concerns, if known.
    pub customer: Option<Customer>,
}

/// All that came after a position, up to the last of the events.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The position.
    pub after: Position,
    /// In the order of their positions. Without any, the batch only says that nothing after the position will be missing.
    pub deliveries: Arc<[Delivery]>,
}

impl Broadcaster {
    /// What is kept in `database`. Nothing is sent until it [runs](Self::run).
    pub fn new(database: Database) -> Self {
        Self { database, sender: broadcast::Sender::new(BEHIND) }
    }

    /// What will be sent from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Batch> {
        self.sender.subscribe()
    }

    /// Gives positions and sends until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut written = self.database.written();
        let mut sent = None;
        while !stop.is_cancelled() {
            // Before the look, so that a commit during it is not missed.
            written.mark_unchanged();
            let wait = match self.round(&mut sent).await {
                Ok(()) => POLL,
                Err(error) => {
                    tracing::warn!(%error, "streams cannot go on; the next round tries again");
                    AFTER_FAILURE
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                _ = written.changed(), if wait == POLL => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Sends what came after `sent`. Without listeners nothing is read.
    async fn round(&self, sent: &mut Option<Position>) -> Result<(), sqlx::Error> {
        store::arrival::sequence(&self.database).await?;
        if self.sender.receiver_count() == 0 {
            *sent = None;
            return Ok(());
        }
        let mut after = if let Some(sent) = *sent {
            sent
        } else {
            let start = self.last().await?;
            self.send(start, Arc::default());
            start
        };
        loop {
            *sent = Some(after);
            let deliveries = self.read(None, after).await?;
            let Some(last) = deliveries.last() else { return Ok(()) };
            let next = last.arrived.position;
            self.send(after, deliveries.into());
            after = next;
        }
    }

    fn send(&self, after: Position, deliveries: Arc<[Delivery]>) {
        // Fails where the last listener has just gone.
        let _ = self.sender.send(Batch { after, deliveries });
    }

    /// The last position given: what is kept from now on stands above.
    pub async fn last(&self) -> Result<Position, sqlx::Error> {
        store::arrival::last(&self.database).await
    }

    /// At most [`BATCH`] events after a position, of one customer or of all.
    pub async fn read(
        &self,
        customer: Option<CustomerId>,
        after: Position,
    ) -> Result<Vec<Delivery>, sqlx::Error> {
        let database = &self.database;
        let events = match customer {
            Some(customer) => {
                store::arrival::list_of_customer_after(database, customer, after, BATCH).await?
            }
            None => store::arrival::list_after(database, after, BATCH).await?,
        };
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let concerned: Vec<CustomerId> = events.iter().filter_map(|arrived| arrived.event.customer).collect();
        let customers = store::customer::list(database, &concerned).await?;
        let known = |arrived: &Arrived| customers.get(&arrived.event.customer?).cloned();
        Ok(events.into_iter().map(|arrived| Delivery { customer: known(&arrived), arrived }).collect())
    }
}
