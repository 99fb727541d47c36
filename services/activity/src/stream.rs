//! One stream of events to one caller.

use crate::{
    activity_event::Place,
    live::{BATCH, Batch, Live, News},
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
    /// Events after this place.
    pub after: Place,
    /// Who calls.
    pub user: Arc<User>,
    /// Tells how long the caller's token is in force.
    pub validity: Validity,
    /// Cancelled when the process stops.
    pub stopping: CancellationToken,
}

/// Streams what is wanted: first what is kept already, then what comes.
///
/// Ends when the token does, and with [`Problem::Unavailable`] where the caller reads too slowly or the process stops: then it
/// goes on after the last event. Fails where there are too many streams.
pub fn open(
    live: Live,
    wanted: Wanted,
) -> Result<impl Stream<Item = Result<ActivityEvent, Problem>>, Problem> {
    let follower = Follower {
        news: live.subscribe()?,
        live,
        at: wanted.after,
        caught_up: false,
        ready: VecDeque::new(),
        look: tokio::time::interval(LOOK_EVERY),
        wanted,
    };
    Ok(stream::try_unfold(follower, async |mut follower| {
        let event = follower.next().await?;
        Ok(Some((event, follower)))
    }))
}

struct Follower {
    live: Live,
    wanted: Wanted,
    news: Receiver<Batch>,
    /// Everything up to here was sent, or is ready.
    at: Place,
    /// Whether what comes next comes by `news`; otherwise it must be read.
    caught_up: bool,
    ready: VecDeque<ActivityEvent>,
    look: Interval,
}

impl Follower {
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
                batch = self.news.recv() => match batch {
                    Ok(batch) => self.take(&batch),
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return Err(Problem::Unavailable),
                },
            }
        }
    }

    /// Reads a part of what is kept already.
    async fn catch_up(&mut self) -> Result<(), Problem> {
        // Before the look: what comes after it comes by `news`.
        self.news = self.news.resubscribe();
        let horizon = self.live.horizon().await?;
        let news = self.live.read(self.wanted.customer, self.at).await?;
        self.show(&news);
        self.caught_up = i64::try_from(news.len()).is_ok_and(|read| read < BATCH);
        if self.caught_up {
            self.at = self.at.max(horizon);
        }
        Ok(())
    }

    fn take(&mut self, batch: &Batch) {
        if batch.after > self.at {
            // It was not sent to anyone while nobody listened.
            self.caught_up = false;
        } else {
            self.show(&batch.news);
        }
    }

    fn show(&mut self, news: &[News]) {
        let Wanted { viewer, customer, .. } = self.wanted;
        for News { recorded, customer: known } in news {
            if recorded.place <= self.at {
                continue;
            }
            self.at = recorded.place;
            let event = &recorded.event;
            if viewer.sees(event, known.as_ref()) && (customer.is_none() || customer == event.customer) {
                self.ready.push_back(viewer.show(event));
            }
        }
    }
}
