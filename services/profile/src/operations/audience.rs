//! The audience of a purpose, and how it is followed.

use super::permits::{Permit, Permits};
use crate::{
    consent::Purpose,
    store::audience::{self, Change},
};
use futures::{Stream, stream};
use patron_chassis::{clock::Clock, pg::Database, principal::User, status::Problem, token::Validity};
use patron_ledger::sweep;
use serde::{Deserialize, Serialize};
use std::{collections::VecDeque, sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// How long a token of changes is good. Whoever comes later lists the subscribers anew.
const TOKENS_KEPT: Duration = Duration::from_hours(30 * 24);
/// How long changes are kept: longer than any token by more than a transaction lasts, so that none of a good token is missing.
const CHANGES_KEPT: Duration = Duration::from_hours(31 * 24);
/// Streams of one process: each asks the database once a second.
const STREAMS: usize = 32;
/// How often a stream looks for changes, and whether its caller may go on.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Changes that a stream reads at once.
const BATCH: i64 = 100;

/// Tells who follows audiences what changed. Cheap to clone.
#[derive(Clone)]
pub struct Audience {
    /// Where changes are kept.
    database: Database,
    clock: Clock,
    validity: Validity,
    stopping: CancellationToken,
    permits: Permits,
}

/// How far somebody has come who follows an audience.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Seen {
    position: i64,
    /// When that was, in seconds since 1970.
    at: i64,
}

/// Who watches which audience.
pub struct Follower {
    /// Who calls.
    pub user: Arc<User>,
    /// Which audience.
    pub purpose: Purpose,
    /// How far they have come; nothing where they begin now.
    pub seen: Option<Seen>,
}

impl Audience {
    /// Audiences kept in `database`. `validity` and `stopping` end streams.
    pub fn new(database: Database, clock: Clock, validity: Validity, stopping: CancellationToken) -> Self {
        Self { database, clock, validity, stopping, permits: Permits::new(STREAMS) }
    }

    /// Where somebody stands who begins now.
    pub async fn begin(&self) -> Result<Seen, Problem> {
        audience::sequence(&self.database).await?;
        Ok(self.seen(audience::last(&self.database).await?))
    }

    /// At most `limit` changes since somebody looked, in their order, and where they stand after each of them; with the place where they
    /// stand in the end. Fails where not all are kept.
    pub async fn changes(
        &self,
        purpose: Purpose,
        seen: Seen,
        limit: i64,
    ) -> Result<(Vec<(Change, Seen)>, Seen), Problem> {
        let given = OffsetDateTime::from_unix_timestamp(seen.at).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        if self.clock.now() - given > TOKENS_KEPT {
            return Err(outdated());
        }
        audience::sequence(&self.database).await?;
        let changes = audience::list_changes(&self.database, purpose, seen.position, limit).await?;
        let last = changes.last().map_or(seen.position, |last| last.position);
        let changes = changes.into_iter().map(|change| {
            let seen = self.seen(change.position);
            (change, seen)
        });
        Ok((changes.collect(), self.seen(last)))
    }

    /// Streams changes as they come, with where the follower stands after each. Ends when their token does, and with
    /// [`Problem::Unavailable`] where the process stops. Fails where they have as many streams as they may.
    pub async fn watch(
        &self,
        follower: Follower,
    ) -> Result<impl Stream<Item = Result<(Change, Seen), Problem>> + use<>, Problem> {
        let permit = self.permits.take(&follower.user.subject.to_string())?;
        let seen = match follower.seen {
            Some(seen) => seen,
            None => self.begin().await?,
        };
        let mut look = tokio::time::interval(LOOK_EVERY);
        // whoever reads late is not made up for
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let watch =
            Watch { audience: self.clone(), seen, follower, ready: VecDeque::new(), look, _permit: permit };
        Ok(stream::try_unfold(watch, async |mut watch| {
            let next = watch.next().await?;
            Ok(Some((next, watch)))
        }))
    }

    fn seen(&self, position: i64) -> Seen {
        Seen { position, at: self.clock.now().unix_timestamp() }
    }
}

struct Watch {
    audience: Audience,
    follower: Follower,
    seen: Seen,
    ready: VecDeque<(Change, Seen)>,
    look: Interval,
    _permit: Permit,
}

impl Watch {
    async fn next(&mut self) -> Result<(Change, Seen), Problem> {
        loop {
            if let Some(next) = self.ready.pop_front() {
                return Ok(next);
            }
            tokio::select! {
                () = self.audience.stopping.cancelled() => return Err(Problem::Unavailable),
                _ = self.look.tick() => {}
            }
            self.audience.validity.check(&self.follower.user)?;
            let found = self.audience.changes(self.follower.purpose, self.seen, BATCH).await?;
            let full = i64::try_from(found.0.len()).is_ok_and(|read| read >= BATCH);
            (self.ready, self.seen) = (found.0.into(), found.1);
            if full {
                self.look.reset_immediately();
            }
        }
    }
}

/// Gives positions to changes of audiences and removes old ones, each minute until `stop`.
pub async fn sweep_audience(database: Database, clock: Clock, stop: CancellationToken) {
    sweep::run("changes of audiences", stop, || async {
        audience::sequence(&database).await?;
        audience::delete_old(&database, clock.now() - CHANGES_KEPT).await
    })
    .await;
}

fn outdated() -> Problem {
    Problem::State {
        rule: "PAGE_TOKEN_OUTDATED",
        subject: "subscribers".to_owned(),
        description: "the changes since are not all known any more: list the subscribers anew".to_owned(),
    }
}
