//! One copy of a peer: its connections, and whether it answers.

use std::{
    error::Error as _,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::{sync::watch, time::Instant};
use tonic::{
    body::Body,
    transport::{self, Channel, Endpoint},
};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tower::{Service as _, ServiceExt as _};

use crate::jitter::a_little_more;

/// Time for a copy to say that it is there. A process that runs does so in a millisecond.
const PROBE: Duration = Duration::from_millis(300);
/// How often in a row it does not before it is left out: once can be our own lateness on a busy machine. A copy that hangs is asked
/// after 250 ms (`balance`), and so is left out within a second.
const MISSED: u32 = 2;
/// Pause before a copy that was left out is asked again, on a connection of its own.
const PROBE_PAUSE: Duration = Duration::from_millis(400);

/// How one copy is connected to: for calls, and for streams, which could fill the windows of a connection that they share.
#[derive(Clone)]
pub(super) struct Endpoints {
    pub(super) calls: Endpoint,
    pub(super) streams: Endpoint,
}

impl Endpoints {
    /// Connections that are made with the first call on each.
    fn connect(&self) -> Arc<Connections> {
        Arc::new(Connections { calls: self.calls.connect_lazy(), streams: self.streams.connect_lazy() })
    }
}

struct Connections {
    calls: Channel,
    streams: Channel,
}

/// Whether calls are made on a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Answers,
    LeftOut {
        since: Instant,
    },
    /// It has no address any more.
    Gone,
}

pub(super) struct Copy {
    pub(super) address: SocketAddr,
    endpoints: Endpoints,
    connections: ArcSwap<Connections>,
    state: watch::Sender<State>,
    /// Whether somebody is asking it already.
    probing: AtomicBool,
    pending: AtomicUsize,
}

impl Copy {
    pub(super) fn new(address: SocketAddr, endpoints: Endpoints) -> Self {
        Self {
            address,
            connections: ArcSwap::new(endpoints.connect()),
            endpoints,
            state: watch::Sender::new(State::Answers),
            probing: AtomicBool::new(false),
            pending: AtomicUsize::new(0),
        }
    }

    /// Whether calls are made on it.
    pub(super) fn answers(&self) -> bool {
        *self.state.borrow() == State::Answers
    }

    /// Whether it has been left out for so long.
    pub(super) fn left_out_for(&self, time: Duration) -> bool {
        matches!(*self.state.borrow(), State::LeftOut { since } if since.elapsed() >= time)
    }

    /// Returns when it is left out.
    pub(super) async fn left_out(&self) {
        let mut state = self.state.subscribe();
        if state.wait_for(|state| *state != State::Answers).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Calls whose answer has not begun.
    pub(super) fn pending(&self) -> usize {
        self.pending.load(Ordering::Relaxed)
    }

    /// Makes a call, on the connection for streams if its answer is one.
    pub(super) async fn call(
        &self,
        request: http::Request<Body>,
        streams: bool,
    ) -> Result<http::Response<Body>, transport::Error> {
        self.pending.fetch_add(1, Ordering::Relaxed);
        let _pending = Pending(&self.pending);
        let connections = self.connections.load_full();
        let mut channel = if streams { connections.streams.clone() } else { connections.calls.clone() };
        channel.ready().await?.call(request).await
    }

    /// Makes the caller the one who [asks](Self::probe) whether it is there, unless somebody does already.
    pub(super) fn claim_probe(&self) -> bool {
        !self.probing.swap(true, Ordering::AcqRel)
    }

    /// Lets another be the one who asks.
    pub(super) fn give_up_probe(&self) {
        self.probing.store(false, Ordering::Release);
    }

    /// Asks whether it is there. If it is not, it is left out and asked again, each time on a new connection, until it answers:
    /// a network that swallows everything breaks the old one without a word.
    pub(super) async fn probe(self: Arc<Self>) {
        let mut connections = self.connections.load_full();
        let mut missed = 0;
        while !is_there(connections.calls.clone()).await {
            missed += 1;
            if missed < MISSED {
                continue;
            }
            if !self.leave_out() {
                return;
            }
            tokio::time::sleep(a_little_more(PROBE_PAUSE)).await;
            connections = self.endpoints.connect();
        }
        self.connections.store(connections);
        self.state.send_if_modified(|state| match state {
            State::LeftOut { .. } => {
                *state = State::Answers;
                tracing::info!(address = %self.address, "a copy of a peer answers again");
                true
            }
            State::Answers | State::Gone => false,
        });
        self.give_up_probe();
    }

    /// Says that it has no address any more, so that nobody asks for it.
    pub(super) fn remove(&self) {
        self.state.send_replace(State::Gone);
    }

    /// Makes no more calls on it. Whether it still has an address.
    fn leave_out(&self) -> bool {
        let mut there = true;
        self.state.send_if_modified(|state| match state {
            State::Answers => {
                tracing::warn!(address = %self.address, "a copy of a peer does not answer and is left out");
                *state = State::LeftOut { since: Instant::now() };
                true
            }
            State::LeftOut { .. } => false,
            State::Gone => {
                there = false;
                false
            }
        });
        there
    }
}

/// Whether anything answers on a connection. Health is asked, which needs no right and no database; an error that the other side
/// made is an answer too.
async fn is_there(channel: Channel) -> bool {
    let mut health = HealthClient::new(channel);
    match tokio::time::timeout(PROBE, health.check(HealthCheckRequest::default())).await {
        Ok(Ok(_)) => true,
        // what this side made for want of an answer has a source
        Ok(Err(status)) => status.source().is_none(),
        Err(_) => false,
    }
}

/// A call whose answer has not begun; counted until dropped.
struct Pending<'c>(&'c AtomicUsize);

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
