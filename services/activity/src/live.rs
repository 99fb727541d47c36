//! What happens, as it happens: the database is asked once for all streams of a process.
//!
//! Events go out in the order in which they came to be kept, up to the [horizon](store::activity_event::horizon) and so without
//! passing over one whose transaction commits late. A transaction that is open anywhere in the database server holds the horizon,
//! and with it the streams, back until it ends.

use crate::{
    activity_event::{Place, Recorded},
    store,
    viewer::Customer,
};
use patron_chassis::{pg::Database, status::Problem};
use patron_values::id::CustomerId;
use std::{sync::Arc, time::Duration};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// How often the database is asked besides after each commit of this process: finds what replicas keep, and what the horizon held
/// back.
const POLL: Duration = Duration::from_millis(200);
/// How soon it is asked again after it did not answer.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Events read at a time.
pub const BATCH: i64 = 100;
/// Batches a stream may be behind before it is ended: with [`BATCH`] about 3 MB, which all streams share.
const BEHIND: usize = 32;
/// Streams of one process: each wakes up for every event, whether it shows it or not.
const STREAMS: usize = 1_000;
/// When a stream that was one too many may try again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The source of the streams. Cheap to clone.
#[derive(Clone)]
pub struct Live {
    database: Database,
    sender: broadcast::Sender<Batch>,
}

/// An event, with what must be known to say who sees it.
#[derive(Debug)]
pub struct News {
    /// What happened.
    pub recorded: Recorded,
    /// The customer whom it concerns, if known.
    pub customer: Option<Customer>,
}

/// All that came after a place, up to the last of the events.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The place.
    pub after: Place,
    /// In the order of arrival; none says only that from here on nothing will be missing.
    pub news: Arc<[News]>,
}

impl Live {
    /// What is kept in `database`. Nothing is sent until it [runs](Self::run).
    pub fn new(database: Database) -> Self {
        Self { database, sender: broadcast::Sender::new(BEHIND) }
    }

    /// What will be sent from now on. Fails where there are too many streams.
    pub fn subscribe(&self) -> Result<broadcast::Receiver<Batch>, Problem> {
        if self.sender.receiver_count() >= STREAMS {
            return Err(Problem::Limit { retry_after: RETRY_AFTER });
        }
        Ok(self.sender.subscribe())
    }

    /// Sends until `stop`. Nothing is asked of the database while nobody listens.
    pub async fn run(self, stop: CancellationToken) {
        let mut written = self.database.written();
        let mut sent = None;
        while !stop.is_cancelled() {
            // Before the look, so that a commit during it is not missed.
            written.mark_unchanged();
            let wait = match self.send(&mut sent).await {
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

    /// Sends what came after `sent`.
    async fn send(&self, sent: &mut Option<Place>) -> Result<(), sqlx::Error> {
        if self.sender.receiver_count() == 0 {
            *sent = None;
            return Ok(());
        }
        let mut after = if let Some(sent) = *sent {
            sent
        } else {
            let start = self.horizon().await?;
            self.publish(start, Arc::default());
            start
        };
        loop {
            *sent = Some(after);
            let news = self.read(None, after).await?;
            let Some(last) = news.last() else { return Ok(()) };
            let next = last.recorded.place;
            self.publish(after, news.into());
            after = next;
        }
    }

    fn publish(&self, after: Place, news: Arc<[News]>) {
        // Fails where the last listener has just gone.
        let _ = self.sender.send(Batch { after, news });
    }

    /// The place up to which nothing can come any more.
    pub async fn horizon(&self) -> Result<Place, sqlx::Error> {
        store::activity_event::horizon(&self.database).await
    }

    /// At most [`BATCH`] events after a place, of one customer or of all.
    pub async fn read(&self, customer: Option<CustomerId>, after: Place) -> Result<Vec<News>, sqlx::Error> {
        let database = &self.database;
        let events = match customer {
            Some(customer) => {
                store::activity_event::list_of_customer_after(database, customer, after, BATCH).await?
            }
            None => store::activity_event::list_after(database, after, BATCH).await?,
        };
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let concerned: Vec<CustomerId> =
            events.iter().filter_map(|recorded| recorded.event.customer).collect();
        let customers = store::customer::list(database, &concerned).await?;
        let known = |recorded: &Recorded| customers.get(&recorded.event.customer?).cloned();
        Ok(events.into_iter().map(|recorded| News { customer: known(&recorded), recorded }).collect())
    }
}
