//! What was revoked before its time: sessions that ended, and users and roles whose credentials or permissions changed.

mod revoked;

use std::{mem, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use futures::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use patron_proto::identity::internal::v1::{
    ListRevocationsRequest, ListRevocationsResponse, Revocation,
    revocation_service_client::RevocationServiceClient,
};
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status};

use crate::{client::Channel, clock::Clock, principal::User, status::Problem};

use self::revoked::Revoked;

/// Time between two questions to the source.
const POLL: Duration = Duration::from_secs(1);
/// The same after one that failed, and until the source has answered once, which the start waits for.
const RETRY: Duration = Duration::from_millis(100);
/// Age at which what is known no longer counts: it bounds how long someone who was revoked can go on.
const OLDEST: Duration = Duration::from_secs(5);
/// Silence after which the same is asked once more beside the first call, which may have gone to a replica that hangs. With a
/// few of them no replica that answers is missed within [`OLDEST`].
const HEDGE: Duration = Duration::from_millis(300);
/// How long one call may take: as long as a page may take identity's database.
const WAIT: Duration = Duration::from_secs(2);

/// Whoever knows what was revoked. Identity has it; everyone else asks identity.
pub trait RevocationSource: Send + Sync + 'static {
    /// Calls with one question that may be under way at once: more than one where they may go to different replicas.
    const COPIES: usize = 1;

    /// One page of what was revoked after a snapshot; of all that still matters after none.
    fn revocations(
        &self,
        request: ListRevocationsRequest,
    ) -> BoxFuture<'_, Result<ListRevocationsResponse, Status>>;
}

impl RevocationSource for Channel {
    const COPIES: usize = 4;

    fn revocations(
        &self,
        request: ListRevocationsRequest,
    ) -> BoxFuture<'_, Result<ListRevocationsResponse, Status>> {
        Box::pin(async move {
            let mut request = Request::new(request);
            request.set_timeout(WAIT);
            let answer = RevocationServiceClient::new(self.clone()).list_revocations(request).await?;
            Ok(answer.into_inner())
        })
    }
}

/// What is known to be revoked. Cheap to clone; clones know the same.
#[derive(Clone, Default)]
pub struct Revocations(Arc<Memory>);

#[derive(Default)]
struct Memory {
    revoked: ArcSwap<Revoked>,
    /// When the source last answered; `None` before the first time.
    heard: watch::Sender<Option<Instant>>,
}

impl Revocations {
    /// Fails if the user's token is revoked, or with [`Problem::Unavailable`] if what is known is too old to
    /// say.
    pub(crate) fn check(&self, user: &User) -> Result<(), Problem> {
        if !self.0.heard.borrow().is_some_and(|heard| heard.elapsed() <= OLDEST) {
            return Err(Problem::Unavailable);
        }
        if self.0.revoked.load().holds(user) { Err(Problem::CredentialsInvalid) } else { Ok(()) }
    }

    /// Waits until the source has answered once.
    pub async fn heard(&self) {
        // The sender is here, so it cannot be gone.
        let _ = self.0.heard.subscribe().wait_for(Option::is_some).await;
    }

    /// Asks the source every second until `stop`.
    pub async fn follow(
        self,
        source: impl RevocationSource,
        clock: Clock,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let mut snapshot = String::new();
        let mut silent = false;
        loop {
            let asked = Instant::now();
            let update = self.update(&source, &snapshot, clock.now().unix_timestamp());
            let Some(update) = stop.run_until_cancelled(update).await else { return Ok(()) };
            let pause = match update {
                Ok(next) => {
                    snapshot = next;
                    self.0.heard.send_replace(Some(asked));
                    silent = false;
                    // At once after many pages: what they say is of that age already.
                    POLL.saturating_sub(asked.elapsed())
                }
                Err(status) => {
                    // Once, not every time.
                    if !silent {
                        let code = status.code();
                        tracing::warn!(
                            ?code,
                            "revocations cannot be read; users are refused while that lasts"
                        );
                        silent = true;
                    }
                    RETRY
                }
            };
            if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return Ok(());
            }
        }
    }

    /// Takes over every page of what was revoked since a snapshot, and gives the next one.
    async fn update(
        &self,
        source: &impl RevocationSource,
        snapshot: &str,
        now: i64,
    ) -> Result<String, Status> {
        let mut request = ListRevocationsRequest { snapshot: snapshot.to_owned(), ..Default::default() };
        let mut next = None;
        loop {
            let page = ask(source, &request).await?;
            self.apply(&page.revocations, now);
            // What commits while later pages are read lies after the first one's.
            let next = next.get_or_insert(page.snapshot);
            if page.next_page_token.is_empty() {
                return Ok(mem::take(next));
            }
            request.page_token = page.next_page_token;
        }
    }

    fn apply(&self, revocations: &[Revocation], now: i64) {
        let known = self.0.revoked.load();
        let new: Vec<_> = revocations.iter().filter(|revocation| !known.has(revocation)).collect();
        if new.is_empty() {
            return;
        }
        let mut revoked = Revoked::clone(&known);
        revoked.forget(now);
        for revocation in new {
            revoked.add(revocation);
        }
        self.0.revoked.store(Arc::new(revoked));
    }
}

/// The answer to one question, from whichever call has it first.
async fn ask<S: RevocationSource>(
    source: &S,
    request: &ListRevocationsRequest,
) -> Result<ListRevocationsResponse, Status> {
    let mut calls = FuturesUnordered::from_iter([source.revocations(request.clone())]);
    loop {
        tokio::select! {
            Some(answer) = calls.next() => {
                if answer.is_ok() || calls.is_empty() {
                    return answer;
                }
            }
            () = tokio::time::sleep(HEDGE), if calls.len() < S::COPIES => {
                calls.push(source.revocations(request.clone()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use uuid::Uuid;

    use super::revoked::tests::{epoch, session, user};
    use super::*;
    use crate::{clock::MockClock, testing::TestTokens};
    use patron_values::id::SessionId;

    fn heard(revocations: &[Revocation]) -> Revocations {
        let known = Revocations::default();
        known.0.heard.send_replace(Some(Instant::now()));
        known.apply(revocations, 0);
        known
    }

    #[tokio::test]
    async fn what_no_token_can_be_older_than_is_forgotten() {
        let known = heard(&[session(10)]);
        known.apply(&[epoch(1)], 11);
        assert!(known.check(&user()).is_ok());
        assert!(known.0.revoked.load().sessions.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_revoked_cannot_be_said_from_memory_older_than_5_seconds() {
        let clock = Clock::Mock(MockClock::default());
        let source = TestTokens::new(clock.clone());
        let (known, stop) = (Revocations::default(), CancellationToken::new());
        assert!(matches!(known.check(&user()), Err(Problem::Unavailable)), "nothing was heard yet");

        let follow = known.clone().follow(source.clone(), clock, stop.clone());
        let check = async {
            known.heard().await;
            assert!(known.check(&user()).is_ok());
            source.set_silent(true);
            tokio::time::sleep(Duration::from_millis(4_900)).await;
            assert!(known.check(&user()).is_ok());
            tokio::time::sleep(Duration::from_millis(200)).await;
            assert!(matches!(known.check(&user()), Err(Problem::Unavailable)));
            source.set_silent(false);
            tokio::time::sleep(POLL).await;
            assert!(known.check(&user()).is_ok(), "heard again");
            stop.cancel();
        };
        let (followed, ()) = tokio::join!(follow, check);
        followed.unwrap();
    }

    /// A source of so many revocations in pages, of which every other call hangs.
    struct Halting {
        sessions: usize,
        calls: AtomicUsize,
    }

    impl RevocationSource for Halting {
        const COPIES: usize = 2;

        fn revocations(
            &self,
            request: ListRevocationsRequest,
        ) -> BoxFuture<'_, Result<ListRevocationsResponse, Status>> {
            const PAGE: usize = 5_000;
            let first: usize = request.page_token.parse().unwrap_or_default();
            let last = (first + PAGE).min(self.sessions);
            let revocations = (first..last).map(|number| Revocation {
                session: SessionId(Uuid::from_u128(number as u128)).resource_name(),
                ..Revocation::default()
            });
            let answer = ListRevocationsResponse {
                revocations: revocations.collect(),
                snapshot: format!("after {first}"),
                next_page_token: if last < self.sessions { last.to_string() } else { String::new() },
                ..Default::default()
            };
            let hangs = self.calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
            Box::pin(async move {
                if hangs {
                    tokio::time::sleep(WAIT).await;
                    return Err(Problem::Late.into());
                }
                Ok(answer)
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_replicas_one_of_which_hangs_the_other_tells_every_page() {
        let source = Halting { sessions: 75_000, calls: AtomicUsize::new(0) };
        let known = Revocations::default();
        let began = Instant::now();
        assert_eq!(known.update(&source, "", 0).await.unwrap(), "after 0", "the first page's snapshot");
        assert_eq!(known.0.revoked.load().sessions.len(), 75_000);
        assert!(began.elapsed() <= OLDEST, "{:?}", began.elapsed());
        assert!(known.update(&Halting { sessions: 0, ..source }, "after 0", 0).await.is_ok());
    }
}
