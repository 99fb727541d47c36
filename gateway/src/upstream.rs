//! Where RPCs are answered: at the peers, and in this process for what the gateway offers itself.

use futures::future::BoxFuture;
use http::header;
use patron_chassis::{client::Channel, context::Context, peer::Peer};
use std::{
    collections::HashMap,
    convert::Infallible,
    task::{Context as TaskContext, Poll},
};
use tonic::{Status, body::Body, service::Routes};
use tower::Service;

/// Answers the RPCs of one process. Cheap to clone; give it to a generated client.
#[derive(Clone)]
pub enum Upstream {
    /// Another process.
    Peer(Channel),
    /// This one, without a connection. Tests put fakes of the peers here.
    Here(Routes),
}

impl Upstream {
    /// Whether no copy of it has answered for some time, so that to ask it is of no use.
    pub(crate) fn is_away(&self) -> bool {
        match self {
            Self::Peer(channel) => channel.is_away(),
            Self::Here(_) => false,
        }
    }
}

impl Service<http::Request<Body>> for Upstream {
    type Response = http::Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<http::Response<Body>, Status>>;

    /// Both kinds are always ready: waiting for a connection is part of a call.
    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        match self {
            Self::Peer(channel) => channel.call(request),
            Self::Here(routes) => {
                // what a channel takes along, too
                let shown = Context::current().and_then(|context| context.authorization);
                if let Some(authorization) = shown {
                    request.headers_mut().entry(header::AUTHORIZATION).or_insert(authorization);
                }
                let answer = routes.call(request);
                Box::pin(async { answer.await.map_err(|never: Infallible| match never {}) })
            }
        }
    }
}

/// All of them, by process.
#[derive(Clone)]
pub struct Upstreams(HashMap<Peer, Upstream>);

impl Upstreams {
    /// Those that `make` gives for each process.
    pub fn new(make: impl Fn(Peer) -> Upstream) -> Self {
        Self(Peer::all().map(|peer| (peer, make(peer))).collect())
    }

    /// Puts another in the place of one.
    #[must_use]
    pub fn with(mut self, peer: Peer, upstream: Upstream) -> Self {
        self.0.insert(peer, upstream);
        self
    }

    /// That of a process.
    pub fn get(&self, peer: Peer) -> Upstream {
        self.0[&peer].clone()
    }
}

/// The package of what every service serves for itself. No path says whose operations are meant, and people start none but profile's.
const SHARED: &str = "operation";

/// The process that answers a service, by the package of its full name: `patron.profile.v1.CustomerService`.
pub fn peer_of(service: &str) -> Option<Peer> {
    match service.strip_prefix("patron.")?.split('.').next()? {
        SHARED => Some(Peer::PROFILE),
        name => name.parse().ok(),
    }
}
