//! Calls to the peers: one balanced, authenticated channel for each.
//!
//! What goes along with a call is taken from [`crate::context`]: a handler's calls carry the caller's token,
//! what is left of the deadline and the trace, and are decided on the caller's rights, without the handler's
//! doing anything. It is implicit because what is forgotten must fail safe: a call in a service's own name,
//! made where the user's was meant, could do what the user may not. A call in the service's own name from
//! within a handler is the exception and says so: [`Channel::as_service`].

mod balance;
mod retry;
mod unsent;

use std::{
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use http::header::AUTHORIZATION;
use tokio::time::Instant;
use tonic::{Code, Status, body::Body};
use tower::Service;
use tracing::Instrument as _;

pub(crate) use self::balance::Channels;
pub use self::retry::{Budget, Retry};
use crate::{
    context::{self, Context, GRPC_TIMEOUT, TRACEPARENT, Trace},
    peer::Peer,
    status::{self, Problem, code_name, is_fault},
    telemetry,
};

/// Time kept back from the one called, so that its lateness can still be told here, in time.
const HOP: Duration = Duration::from_millis(50);
/// Time for a call that belongs to none and names none. Without it a peer that has no address would be waited
/// for for ever.
const WAIT: Duration = Duration::from_secs(5);

/// Calls to one peer. Cheap to clone; clones share the connections. Give it to a generated client.
#[derive(Clone, Debug)]
pub struct Channel {
    balanced: tonic::transport::Channel,
    peer: Peer,
    as_service: bool,
}

impl Channel {
    fn new(balanced: tonic::transport::Channel, peer: Peer) -> Self {
        Self { balanced, peer, as_service: false }
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
        let balanced = self.balanced.clone();
        let call = async move {
            let answer = answer(balanced, request, wait.map(|wait| Instant::now() + wait)).await;
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
    let asked =
        request.headers().get(GRPC_TIMEOUT).and_then(|value| context::parse_timeout(value.to_str().ok()?));
    let Some(context) = context else {
        return Ok(asked.or(Some(WAIT)));
    };
    let Some(left) = context.remaining() else {
        return Ok(asked);
    };
    let left = left.checked_sub(HOP).filter(|left| !left.is_zero()).ok_or(Problem::Late)?;
    Ok(Some(asked.map_or(left, |asked| asked.min(left))))
}

async fn answer(
    channel: tonic::transport::Channel,
    request: http::Request<Body>,
    deadline: Option<Instant>,
) -> Result<http::Response<Body>, Status> {
    let call = unsent::call(channel, request);
    let answered = match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline, call).await.map_err(|_| Problem::Late)?,
        None => call.await,
    };
    answered.map_err(|error| {
        // tonic's own timer ends at the same time, and its end looks like any other failure.
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Problem::Late.into();
        }
        // Refused, reset, no route, wrong certificate: for operators. The caller learns that it may try
        // again.
        tracing::debug!(error = status::chain(&error), "a peer cannot be reached");
        Problem::Unavailable.into()
    })
}
