//! What was revoked before its time: sessions that ended, and users and roles whose credentials or permissions changed.

mod revoked;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use futures::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use patron_proto::identity::internal::v1::{
    ListRevocationsRequest, ListRevocationsResponse, Revocation,
    revocation_service_client::RevocationServiceClient,
};
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Status};

use crate::{client::Channel, clock::Clock, principal::User, status::Problem};

use self::revoked::Revoked;

/// Time between two questions to the source.
const POLL: Duration = Duration::from_secs(1);
/// The same after one that failed, and until the source has answered once, which the start waits for.
const RETRY: Duration = Duration::from_millis(100);
/// Age at which what is known no longer counts: it bounds how long someone who was revoked can go on.
const OLDEST: Duration = Duration::from_secs(5);
/// Silence after which the same is asked once more beside the first call, which may have gone to a replica that hangs; each further
/// call waits twice as long, so that a source that is only slow is not asked ever more. With a few of them no replica that answers is
/// missed within [`OLDEST`].
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
    fetched: watch::Sender<Option<Instant>>,
}

impl Revocations {
    /// Fails if the user's token is revoked, or with [`Problem::Unavailable`] if what is known is too old to
    /// say.
    pub(crate) fn check(&self, user: &User) -> Result<(), Problem> {
        if !self.0.fetched.borrow().is_some_and(|fetched| fetched.elapsed() <= OLDEST) {
            return Err(Problem::Unavailable);
        }
        if self.0.revoked.load().holds(user) { Err(Problem::CredentialsInvalid) } else { Ok(()) }
    }

    /// Waits until the source has answered once.
    pub async fn fetched(&self) {
        // The sender is here, so it cannot be gone.
        let _ = self.0.fetched.subscribe().wait_for(Option::is_some).await;
    }

    /// Asks the source every second until `stop`.
    pub async fn follow(
        self,
        source: impl RevocationSource,
        clock: Clock,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let mut reading = Reading::default();
        let mut silent = false;
        loop {
            let update = self.update(&source, &mut reading, clock.now().unix_timestamp());
            let Some(update) = stop.run_until_cancelled(update).await else { return Ok(()) };
            let pause = match update {
                Ok(began) => {
                    self.0.fetched.send_replace(Some(began));
                    silent = false;
                    // At once after many pages: what they say is of that age already.
                    POLL.saturating_sub(began.elapsed())
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

    /// Takes over every page of what was revoked since the last reading, and gives when the first of them was asked for.
    async fn update(
        &self,
        source: &impl RevocationSource,
        reading: &mut Reading,
        now: i64,
    ) -> Result<Instant, Status> {
        loop {
            let asked = Instant::now();
            let page = match ask(source, &reading.page).await {
                Ok(page) => page,
                Err(status) => {
                    if status.code() == Code::InvalidArgument {
                        // The source knows the place no more, as after a restore from a backup.
                        *reading = Reading::default();
                    }
                    return Err(status);
                }
            };
            self.apply(&page.revocations, now);
            let (began, next) = reading.first.take().unwrap_or((asked, page.snapshot));
            if page.next_page_token.is_empty() {
                let page = ListRevocationsRequest { snapshot: next, ..Default::default() };
                *reading = Reading { page, first: None };
                return Ok(began);
            }
            reading.first = Some((began, next));
            reading.page.page_token = page.next_page_token;
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

/// How far the source was read. After a failure it goes on at the page that failed: from the first one, a source that is slow would
/// never come to the last.
#[derive(Default)]
struct Reading {
    /// What to ask next.
    page: ListRevocationsRequest,
    /// When the first page was asked for, and its snapshot: what commits while later pages are read lies after it.
    first: Option<(Instant, String)>,
}

/// The answer to one question, from whichever call has it first.
async fn ask<S: RevocationSource>(
    source: &S,
    request: &ListRevocationsRequest,
) -> Result<ListRevocationsResponse, Status> {
    let mut calls = FuturesUnordered::from_iter([source.revocations(request.clone())]);
    let mut silence = HEDGE;
    loop {
        tokio::select! {
            Some(answer) = calls.next() => {
                if answer.is_ok() || calls.is_empty() {
                    return answer;
                }
            }
            () = tokio::time::sleep(silence), if calls.len() < S::COPIES => {
                silence *= 2;
                calls.push(source.revocations(request.clone()));
            }
        }
    }
}
