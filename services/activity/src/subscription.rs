//! One stream of events to one caller.

use crate::{
    activity_event::Position,
    broadcaster::{BATCH, Batch, Broadcaster, Delivery},
    permits::StreamPermit,
    viewer::Viewer,
};
use futures::{Stream, stream};
use patron_chassis::{principal::User, status::Problem, token::Validity};
use patron_proto::activity::v1::ActivityEvent;
use patron_values::id::CustomerId;
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::Interval,
};
use tokio_util::sync::CancellationToken;

/// How often a stream without events looks whether its token still is in force.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What a stream is asked for, and by whom.
pub struct Wanted {
    /// What the caller sees.
    pub viewer: Viewer,
    /// Events of this customer alone.
    pub customer: Option<CustomerId>,
    /// Events after this position.
    pub after: Position,
    /// Who calls.
    pub user: Arc<User>,
    /// Knows how long the caller's token is in force.
    pub validity: Validity,
    /// Cancelled when the process stops.
    pub stopping: CancellationToken,
}

/// Streams what is wanted: first what is kept already, then what comes.
///
/// Ends when the token does, and with [`Problem::Unavailable`] where the caller reads too slowly or the process stops: then it
/// goes on after the last event.
pub fn open(
    broadcaster: Broadcaster,
    permit: StreamPermit,
    wanted: Wanted,
) -> impl Stream<Item = Result<ActivityEvent, Problem>> {
    let subscription = Subscription {
        batches: broadcaster.subscribe(),
        broadcaster,
        at: wanted.after,
        caught_up: false,
        ready: VecDeque::new(),
        look: tokio::time::interval(LOOK_EVERY),
        permit,
        wanted,
    };
    stream::try_unfold(subscription, async |mut subscription| {
        subscription.permit.read()?;
        let event = subscription.next().await?;
        subscription.permit.offer();
        Ok(Some((event, subscription)))
    })
}

struct Subscription {
    broadcaster: Broadcaster,
    wanted: Wanted,
    batches: Receiver<Batch>,
    /// Everything up to here was sent, or is ready.
    at: Position,
    /// Whether what comes next comes in `batches`; otherwise it must be read.
    caught_up: bool,
    ready: VecDeque<ActivityEvent>,
    look: Interval,
    permit: StreamPermit,
}

impl Subscription {
    async fn next(&mut self) -> Result<ActivityEvent, Problem> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            self.wanted.validity.check(&self.wanted.user)?;
            if !self.caught_up {
                self.catch_up().await?;
                continue;
            }
            tokio::select! {
                () = self.wanted.stopping.cancelled() => return Err(Problem::Unavailable),
                _ = self.look.tick() => {}
                batch = self.batches.recv() => match batch {
                    Ok(batch) => self.take(&batch),
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return Err(Problem::Unavailable),
                },
            }
        }
    }

    /// Reads a part of what is kept already.
    async fn catch_up(&mut self) -> Result<(), Problem> {
        // Before the look: what comes after it comes in a batch.
        self.batches = self.batches.resubscribe();
        let last = self.broadcaster.last().await?;
        let deliveries = self.broadcaster.read(self.wanted.customer, self.at).await?;
        self.show(&deliveries);
        self.caught_up = i64::try_from(deliveries.len()).is_ok_and(|read| read < BATCH);
        if self.caught_up {
            self.at = self.at.max(last);
        }
        Ok(())
    }

    fn take(&mut self, batch: &Batch) {
        if batch.after > self.at {
            // It was not sent to anyone while nobody listened.
            self.caught_up = false;
        } else {
            self.show(&batch.deliveries);
        }
    }

    fn show(&mut self, deliveries: &[Delivery]) {
        let Wanted { viewer, customer, .. } = self.wanted;
        for Delivery { arrived, customer: known } in deliveries {
            if arrived.position <= self.at {
                continue;
            }
            self.at = arrived.position;
            let event = &arrived.event;
            let wanted = customer.is_none() || customer == event.customer;
            if wanted && viewer.sees(event, known.as_ref()) {
                self.ready.push_back(viewer.show(event));
            }
        }
    }
}
