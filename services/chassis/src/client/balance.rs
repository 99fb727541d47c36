//! Spreads calls over the copies of a peer that answer.
//!
//! A call goes to the copy with the fewest calls waiting. One that a copy has not processed goes to another, and so does one that
//! may be repeated if its copy fails or is left out; a read that is slow is asked of a second copy beside the first (Dean and
//! Barroso, "The Tail at Scale", 2013). What a copy answers is never asked again here: that is `retry`, at the edge only. A copy on
//! which a call waits too long, or whose connection breaks, is asked whether it is there (`copy`).

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt as _, stream::FuturesUnordered};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};
use tonic::{body::Body, transport};

use super::{
    Rpc,
    copy::Copy,
    replay::{Replay, Touched},
    retry::Budget,
};

/// Time without an answer after which a copy is asked whether it is there, and a read goes to a second one: longer than all but
/// a few calls take, so that both cost little.
const SLOW: Duration = Duration::from_millis(250);
/// Time for which no copy answers after which a call is not even tried again: a restart takes less.
const AWAY: Duration = Duration::from_secs(1);
/// Copies tried for one call.
const TRIES: usize = 3;

/// The copies of one peer, as far as their addresses are known.
pub(super) struct Copies {
    all: watch::Sender<Arc<[Arc<Copy>]>>,
    /// Copies to be asked whether they are there.
    suspects: mpsc::Sender<Arc<Copy>>,
    /// Where the search for a copy begins: round robin.
    next: AtomicUsize,
    hedges: Budget,
}

/// Why a call had no answer.
#[derive(Debug, Default)]
pub(super) struct Failure {
    /// Whether the peer has seen nothing of it, or said that it did nothing.
    unprocessed: bool,
    /// What the connection says; nothing where the copy was left out, or every one is.
    pub(super) source: Option<transport::Error>,
}

impl Copies {
    /// None yet. Those that seem not to answer are sent to `suspects`.
    pub(super) fn new(suspects: mpsc::Sender<Arc<Copy>>) -> Self {
        Self {
            all: watch::Sender::new(Arc::default()),
            suspects,
            next: AtomicUsize::new(0),
            hedges: Budget::default(),
        }
    }

    /// Those that are known now.
    pub(super) fn known(&self) -> Arc<[Arc<Copy>]> {
        self.all.borrow().clone()
    }

    /// Replaces those that are known.
    pub(super) fn replace(&self, copies: Vec<Arc<Copy>>) {
        self.all.send_replace(copies.into());
    }

    /// Whether none has answered for some time.
    pub(super) fn are_away(&self) -> bool {
        let all = self.all.borrow();
        !all.is_empty() && all.iter().all(|copy| copy.left_out_for(AWAY))
    }

    /// Makes a call. Waits as long as no address is known, and fails at once where no copy answers.
    pub(super) async fn call(
        &self,
        request: http::Request<Body>,
        rpc: Rpc,
    ) -> Result<http::Response<Body>, Failure> {
        if self.all.subscribe().wait_for(|all| !all.is_empty()).await.is_err() {
            return Err(Failure::default());
        }
        self.hedges.earn();
        let (head, body) = request.into_parts();
        let replay = Replay::new(body);
        let mut tried: Vec<Arc<Copy>> = Vec::with_capacity(TRIES);
        let mut attempts = FuturesUnordered::new();
        let start = |copy: Arc<Copy>| {
            let (body, touched) = replay.lend()?;
            Some(self.attempt(copy, http::Request::from_parts(head.clone(), body), touched, rpc))
        };
        let mut slow = pin!(tokio::time::sleep(SLOW));
        let mut hedges = rpc.reads && !rpc.streams;
        let mut next = self.pick(&tried);
        let mut failure = Failure::default();
        loop {
            if let Some(copy) = next.take() {
                tried.push(copy.clone());
                attempts.extend(start(copy));
            }
            tokio::select! {
                outcome = attempts.next() => match outcome {
                    None => return Err(failure),
                    Some(Ok(answer)) => return Ok(answer),
                    Some(Err(failed)) => {
                        if tried.len() < TRIES && (rpc.repeatable || failed.unprocessed) {
                            let same = failed.unprocessed.then(|| self.pick(&[])).flatten();
                            next = self.pick(&tried).or(same);
                        }
                        failure = failed;
                    }
                },
                () = &mut slow => {
                    slow.as_mut().reset(Instant::now() + SLOW);
                    for copy in &tried {
                        self.suspect(copy);
                    }
                    if std::mem::take(&mut hedges) {
                        next = self.pick(&tried).filter(|_| tried.len() < TRIES && self.hedges.spend());
                    }
                }
            }
        }
    }

    /// The copy that answers and has the fewest calls waiting, but none of those `tried`. Between equals round robin.
    fn pick(&self, tried: &[Arc<Copy>]) -> Option<Arc<Copy>> {
        let all = self.all.borrow();
        let first = self.next.fetch_add(1, Ordering::Relaxed) % all.len().max(1);
        let (later, earlier) = all.split_at(first);
        let fits = |copy: &&Arc<Copy>| copy.answers() && !tried.iter().any(|it| Arc::ptr_eq(it, copy));
        earlier.iter().chain(later).filter(fits).min_by_key(|copy| copy.pending()).cloned()
    }

    /// Makes a call on one copy. What may be repeated does not wait for one that is left out meanwhile; what may not does, since it
    /// may have been done.
    async fn attempt(
        &self,
        copy: Arc<Copy>,
        request: http::Request<Body>,
        touched: Touched,
        rpc: Rpc,
    ) -> Result<http::Response<Body>, Failure> {
        tokio::select! {
            biased;
            answer = copy.call(request, rpc.streams) => answer.map_err(|error| {
                self.suspect(&copy);
                let unprocessed = !touched.is_set() || is_unprocessed(&error);
                Failure { unprocessed, source: Some(error) }
            }),
            () = copy.left_out(), if rpc.repeatable => Err(Failure::default()),
        }
    }

    /// Has a copy asked whether it is there. Without a place in the queue another call will have it asked.
    fn suspect(&self, copy: &Arc<Copy>) {
        if copy.claim_probe() && self.suspects.try_send(copy.clone()).is_err() {
            copy.give_up_probe();
        }
    }
}

/// Whether the other side said that it did nothing of a call: it refused the stream, or closed the connection before it (RFC 9113,
/// 6.8 and 8.7).
fn is_unprocessed(error: &transport::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            let refused = error.reason() == Some(h2::Reason::REFUSED_STREAM);
            return error.is_remote() && (refused || error.is_go_away());
        }
        source = error.source();
    }
    false
}
