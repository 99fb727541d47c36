//! Calls to the peers: one balanced, authenticated channel for each.
//!
//! What goes along with a call is taken from [`crate::context`]: a handler's calls carry the caller's token,
//! what is left of the deadline and the trace, and are decided on the caller's rights, without the handler's
//! doing anything. It is implicit because what is forgotten must fail safe: a call in a service's own name,
//! made where the user's was meant, could do what the user may not. A call in the service's own name from
//! within a handler is the exception and says so: [`Channel::as_service`].

mod balance;
mod copy;
mod replay;
mod resolver;
mod retry;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, LazyLock},
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use http::header::AUTHORIZATION;
use tokio::time::Instant;
use tonic::{Code, Status, body::Body};
use tower::Service;
use tracing::Instrument as _;

use self::balance::Copies;
pub(crate) use self::resolver::Channels;
pub use self::retry::{Budget, Retry};
use crate::{
    context::{self, Context, GRPC_TIMEOUT, TRACEPARENT, Trace},
    peer::Peer,
    server::method::is_read,
    status::{self, Problem, code_name, is_fault},
    telemetry,
};

/// Time kept back from the one called, so that its lateness can still be answered here, in time.
const HOP: Duration = Duration::from_millis(50);
/// Time for a call that belongs to none and names none, and for the answer to begin where a stream has no
/// deadline. Without it a peer that has no address would be waited for for ever.
const WAIT: Duration = Duration::from_secs(5);

/// Calls to one peer. Cheap to clone; clones share the connections. Give it to a generated client.
#[derive(Clone)]
pub struct Channel {
    copies: Arc<Copies>,
    peer: Peer,
    as_service: bool,
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("peer", &self.peer)
            .field("as_service", &self.as_service)
            .finish_non_exhaustive()
    }
}

impl Channel {
    fn new(copies: Arc<Copies>, peer: Peer) -> Self {
        Self { copies, peer, as_service: false }
    }

    /// Whether no copy of the peer has answered for a second: a call would fail at once, and to try again soon
    /// is of no use.
    pub fn is_away(&self) -> bool {
        self.copies.are_away()
    }

    /// The peer it calls.
    pub fn peer(&self) -> Peer {
        self.peer
    }

    /// The same channel for calls in this service's own name, on its certificate alone, whoever is being
    /// answered.
    #[must_use]
    pub fn as_service(&self) -> Self {
        Self { as_service: true, ..self.clone() }
    }
}

impl Service<http::Request<Body>> for Channel {
    type Response = http::Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<http::Response<Body>, Status>>;

    /// Always ready: waiting for a connection is part of the call, and so of its deadline.
    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let context = Context::current();
        let mut trace = context.as_ref().map_or_else(Trace::begin, |context| context.trace);
        let span = telemetry::client_span(request.uri().path().trim_start_matches('/'), &mut trace);
        let wait = match time_left(context.as_ref(), &request) {
            Ok(wait) => wait,
            Err(late) => return Box::pin(async { Err(late.into()) }),
        };
        let headers = request.headers_mut();
        headers.insert(TRACEPARENT, trace.to_header());
        if let Some(wait) = wait {
            headers.insert(GRPC_TIMEOUT, context::timeout_header(wait));
        }
        if self.as_service {
            headers.remove(AUTHORIZATION);
        } else if let Some(authorization) = context.and_then(|context| context.authorization) {
            headers.entry(AUTHORIZATION).or_insert(authorization);
        }
        let copies = self.copies.clone();
        let call = async move {
            let answer = answer(&copies, request, Instant::now() + wait.unwrap_or(WAIT)).await;
            let code = answer.as_ref().map_or_else(Status::code, |reply| {
                Status::from_header_map(reply.headers()).map_or(Code::Ok, |status| status.code())
            });
            telemetry::end_span(&tracing::Span::current(), code_name(code), is_fault(code));
            answer
        };
        Box::pin(call.instrument(span))
    }
}

/// How long to wait for the answer: as long as the call being answered may take, or as the request says if
/// that is shorter. `None` for streams without a deadline.
fn time_left(context: Option<&Context>, request: &http::Request<Body>) -> Result<Option<Duration>, Problem> {
    let asked = context::timeout(request.headers()).unwrap_or_default();
    let Some(context) = context else {
        return Ok(asked.or(Some(WAIT)));
    };
    let Some(left) = context.remaining() else {
        return Ok(asked);
    };
    let left = left.checked_sub(HOP).filter(|left| !left.is_zero()).ok_or(Problem::Late)?;
    Ok(Some(asked.map_or(left, |asked| asked.min(left))))
}

/// The answer, if it begins before the deadline.
async fn answer(
    copies: &Copies,
    request: http::Request<Body>,
    deadline: Instant,
) -> Result<http::Response<Body>, Status> {
    let rpc = Rpc::of(&request);
    let call = copies.call(request, rpc);
    let answered = tokio::time::timeout_at(deadline, call).await.map_err(|_| Problem::Late)?;
    answered.map_err(|failure| {
        // tonic's own timer ends at the same time, and its end looks like any other failure.
        if deadline <= Instant::now() {
            return Problem::Late.into();
        }
        // Refused, reset, no route, wrong certificate: for operators. The caller learns that it may try
        // again.
        if let Some(error) = failure.source {
            tracing::debug!(error = status::chain(&error), "a peer cannot be reached");
        }
        Problem::Unavailable.into()
    })
}

/// Extension of a request that may be made again although it may have been done, since it carries a `request_id`.
#[derive(Clone, Copy, Debug)]
pub struct Repeatable;

/// How an RPC may be called.
#[derive(Clone, Copy, Debug, Default)]
struct Rpc {
    /// Whether it changes nothing, so that two copies may be asked at once.
    reads: bool,
    /// Whether it may be made again although it may have been done: a read, or what carries a `request_id`.
    repeatable: bool,
    /// Whether its answer is a stream of messages.
    streams: bool,
}

static RPCS: LazyLock<HashMap<Box<str>, Rpc>> = LazyLock::new(|| {
    let services = patron_proto::pool().services();
    let rpcs = services.flat_map(|service| service.methods().collect::<Vec<_>>());
    rpcs.map(|rpc| {
        let path = format!("/{}/{}", rpc.parent_service().full_name(), rpc.name());
        let reads = is_read(&rpc);
        (path.into(), Rpc { reads, repeatable: reads, streams: rpc.is_server_streaming() })
    })
    .collect()
});

impl Rpc {
    /// That of a request. One that the contract does not name is taken to change something.
    fn of<B>(request: &http::Request<B>) -> Self {
        let mut rpc = RPCS.get(request.uri().path()).copied().unwrap_or_default();
        rpc.repeatable |= request.extensions().get::<Repeatable>().is_some();
        rpc
    }
}
