//! What became void before its time: sessions that ended, and users whose credentials or permissions changed.

use std::{collections::HashMap, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use futures::future::BoxFuture;
use patron_proto::identity::internal::v1::{
    ListRevocationsRequest, ListRevocationsResponse, Revocation,
    revocation_service_client::RevocationServiceClient,
};
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::{
    client::Channel,
    clock::Clock,
    principal::{Subject, User},
    status::Problem,
};
use patron_values::id::SessionId;

/// Time between two questions to the source.
const POLL: Duration = Duration::from_secs(1);
/// The same until the source has answered once, which the start waits for.
const FIRST_POLL: Duration = Duration::from_millis(100);
/// Age at which what is known no longer counts: it bounds how long someone shut out can go on.
const OLDEST: Duration = Duration::from_secs(5);

/// Whoever knows what was revoked. Identity has it; everyone else asks identity.
pub trait RevocationSource: Send + Sync + 'static {
    /// What was revoked after a position; all that still matters after 0.
    fn revocations(&self, position: i64) -> BoxFuture<'_, Result<ListRevocationsResponse, Status>>;
}

impl RevocationSource for Channel {
    fn revocations(&self, position: i64) -> BoxFuture<'_, Result<ListRevocationsResponse, Status>> {
        Box::pin(async move {
            let answer = RevocationServiceClient::new(self.clone())
                .list_revocations(ListRevocationsRequest { position })
                .await?;
            Ok(answer.into_inner())
        })
    }
}

/// What is void, each with the second since 1970 at which it can be forgotten.
#[derive(Clone, Default)]
struct Void {
    sessions: HashMap<SessionId, i64>,
    /// Lowest epoch that counts, by user.
    epochs: HashMap<Subject, (i64, i64)>,
}

/// What is known to be revoked. Cheap to clone; clones know the same.
#[derive(Clone, Default)]
pub struct Revocations(Arc<Memory>);

#[derive(Default)]
struct Memory {
    void: ArcSwap<Void>,
    /// When the source last answered; `None` before the first time.
    heard: watch::Sender<Option<Instant>>,
}

impl Revocations {
    /// Fails if the user's token is void, or with [`Problem::Unavailable`] if what is known is too old to
    /// say.
    pub(crate) fn check(&self, user: &User) -> Result<(), Problem> {
        if !self.0.heard.borrow().is_some_and(|heard| heard.elapsed() <= OLDEST) {
            return Err(Problem::Unavailable);
        }
        let void = self.0.void.load();
        let ended = user.session.is_some_and(|session| void.sessions.contains_key(&session));
        let outdated = |subject: &Subject, epoch: i64| {
            void.epochs.get(subject).is_some_and(|(lowest, _)| epoch < *lowest)
        };
        if ended || outdated(&user.subject, user.epoch) { Err(Problem::CredentialsInvalid) } else { Ok(()) }
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
        let mut position = 0;
        let mut silent = false;
        loop {
            let asked = Instant::now();
            match source.revocations(position).await {
                Ok(answer) => {
                    position = answer.next_position;
                    self.apply(answer.revocations, clock.now().unix_timestamp());
                    self.0.heard.send_replace(Some(asked));
                    silent = false;
                }
                // Once, not every second.
                Err(status) if !silent => {
                    let code = status.code();
                    tracing::warn!(?code, "revocations cannot be read; users are refused while that lasts");
                    silent = true;
                }
                Err(_) => {}
            }
            let pause = if self.0.heard.borrow().is_some() { POLL } else { FIRST_POLL };
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    fn apply(&self, revocations: Vec<Revocation>, now: i64) {
        if revocations.is_empty() {
            return;
        }
        let mut void = Void::clone(&self.0.void.load());
        void.sessions.retain(|_, forget| *forget > now);
        void.epochs.retain(|_, (_, forget)| *forget > now);
        for revocation in revocations {
            let forget = revocation.expire_time.map_or(i64::MAX, |time| time.seconds);
            if let Ok(session) = SessionId::parse(&revocation.session) {
                void.sessions.insert(session, forget);
            }
            if let Some(subject) = Subject::parse(&revocation.subject) {
                let lowest = void.epochs.entry(subject).or_insert((revocation.epoch, forget));
                *lowest = (lowest.0.max(revocation.epoch), lowest.1.max(forget));
            }
        }
        self.0.void.store(Arc::new(void));
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{clock::MockClock, permission::Permissions, principal::Scope, testing::TestTokens};
    use patron_values::id::StaffId;

    const STAFF: StaffId = StaffId(Uuid::from_u128(1));
    const SESSION: SessionId = SessionId(Uuid::from_u128(2));

    fn user() -> User {
        User {
            subject: Subject::Staff(STAFF),
            display_name: "".into(),
            permissions: Permissions::NONE,
            scope: Scope::All,
            session: Some(SESSION),
            actor: None,
            epoch: 3,
            expires: i64::MAX,
        }
    }

    fn epoch(epoch: i64) -> Revocation {
        Revocation { subject: STAFF.resource_name(), epoch, ..Revocation::default() }
    }

    fn session(expires: i64) -> Revocation {
        let seconds = Some(prost_types::Timestamp { seconds: expires, nanos: 0 });
        Revocation { session: SESSION.resource_name(), expire_time: seconds, ..Revocation::default() }
    }

    fn heard(revocations: Vec<Revocation>) -> Revocations {
        let known = Revocations::default();
        known.0.heard.send_replace(Some(Instant::now()));
        known.apply(revocations, 0);
        known
    }

    #[tokio::test]
    async fn a_user_is_shut_out_by_session_and_by_a_later_epoch() {
        assert!(heard(vec![]).check(&user()).is_ok());
        assert!(heard(vec![epoch(3)]).check(&user()).is_ok());
        assert!(heard(vec![epoch(4), epoch(2)]).check(&user()).is_err());
        assert!(heard(vec![session(10)]).check(&user()).is_err());
    }

    #[tokio::test]
    async fn what_no_token_can_be_older_than_is_forgotten() {
        let known = heard(vec![session(10)]);
        known.apply(vec![epoch(1)], 11);
        assert!(known.check(&user()).is_ok());
        assert!(known.0.void.load().sessions.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_shut_out_cannot_be_said_from_memory_older_than_5_seconds() {
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
}
