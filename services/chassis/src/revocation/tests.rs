use std::sync::atomic::{AtomicUsize, Ordering};

use uuid::Uuid;

use super::revoked::tests::{epoch, session, user};
use super::*;
use crate::{clock::MockClock, testing::TestTokens};
use patron_values::id::SessionId;

fn fetched(revocations: &[Revocation]) -> Revocations {
    let known = Revocations::default();
    known.0.fetched.send_replace(Some(Instant::now()));
    known.apply(revocations, 0);
    known
}

#[tokio::test]
async fn what_no_token_can_be_older_than_is_forgotten() {
    let known = fetched(&[session(10)]);
    known.apply(&[epoch(1)], 11);
    assert!(known.check(&user()).is_ok());
    assert!(known.0.revoked.load().sessions.is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_is_revoked_cannot_be_said_from_memory_older_than_5_seconds() {
    let clock = Clock::Mock(MockClock::default());
    let source = TestTokens::new(clock.clone());
    let (known, stop) = (Revocations::default(), CancellationToken::new());
    assert!(matches!(known.check(&user()), Err(Problem::Unavailable)), "nothing was fetched yet");

    let follow = known.clone().follow(source.clone(), clock, stop.clone());
    let check = async {
        known.fetched().await;
        assert!(known.check(&user()).is_ok());
        source.set_silent(true);
        tokio::time::sleep(Duration::from_millis(4_900)).await;
        assert!(known.check(&user()).is_ok());
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(matches!(known.check(&user()), Err(Problem::Unavailable)));
        source.set_silent(false);
        tokio::time::sleep(POLL).await;
        assert!(known.check(&user()).is_ok(), "fetched again");
        stop.cancel();
    };
    let (followed, ()) = tokio::join!(follow, check);
    followed.unwrap();
}

/// A source of so many revocations in pages, of which every other call hangs.
struct Halting<const COPIES: usize = 2> {
    sessions: usize,
    calls: AtomicUsize,
}

impl<const COPIES: usize> RevocationSource for Halting<COPIES> {
    const COPIES: usize = COPIES;

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
async fn of_two_replicas_one_of_which_hangs_the_other_answers_every_page() {
    let source = Halting::<2> { sessions: 75_000, calls: AtomicUsize::new(0) };
    let known = Revocations::default();
    let (began, mut reading) = (Instant::now(), Reading::default());
    assert_eq!(known.update(&source, &mut reading, 0).await.unwrap(), began);
    assert_eq!(reading.page.snapshot, "after 0", "the first page's");
    assert_eq!(known.0.revoked.load().sessions.len(), 75_000);
    assert!(began.elapsed() <= OLDEST, "{:?}", began.elapsed());
    assert!(known.update(&Halting::<2> { sessions: 0, ..source }, &mut reading, 0).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_source_that_fails_at_every_other_page_is_read_to_the_last() {
    let source = Halting::<1> { sessions: 75_000, calls: AtomicUsize::new(0) };
    let (known, began, mut reading) = (Revocations::default(), Instant::now(), Reading::default());
    let mut failures = 0;
    let first = loop {
        match known.update(&source, &mut reading, 0).await {
            Ok(first) => break first,
            Err(_) => failures += 1,
        }
    };
    assert_eq!((failures, known.0.revoked.load().sessions.len()), (15, 75_000));
    assert_eq!(first, began + WAIT, "as old as the first page that came");
}
