//! What every call passes on its way to the handler, in one order for all services.

mod access;
mod load;
mod trace;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt as _;
use http::HeaderMap;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};
use tokio_util::task::TaskTracker;
use tonic::{Code, Status, body::Body};
use tracing::Instrument as _;

pub(crate) use self::access::Access;
use self::{
    load::{Permit, Quotas},
    trace::Traced,
};
use super::{
    body::{self, RequestBody},
    method::Method,
};
use crate::{
    config,
    context::{self, Context},
    peer::Peer,
    principal::Principal,
    status::Problem,
    token::Authenticator,
};

/// Header of the gRPC protocol for the coding of messages.
const GRPC_ENCODING: &str = "grpc-encoding";

/// The answer to a call.
pub(crate) type Reply = http::Response<Body>;

/// A call on its way inward.
pub(crate) struct Call {
    pub(crate) head: http::request::Parts,
    pub(crate) body: Incoming,
    pub(crate) method: Arc<Method>,
    pub(crate) context: Context,
    /// Who the caller's certificate says it is.
    pub(crate) peer: Option<Peer>,
    /// Who the authentication layer says it is.
    pub(crate) principal: Principal,
}

/// The layers, and what they share with the rest of the process.
pub(crate) struct Layers {
    /// Tells whose a token is.
    authenticator: Authenticator,
    /// How many calls are answered at once, and of whom.
    quotas: Quotas,
    /// Time for the message of a request to arrive.
    arrival: Duration,
    /// Keeps writes whose callers went away until they end.
    writes: TaskTracker,
}

impl Layers {
    pub(crate) fn new(config: &config::Server, authenticator: Authenticator, writes: TaskTracker) -> Self {
        let quotas = Quotas::new(config.concurrency);
        Self { authenticator, quotas, arrival: config.message_ms.get(), writes }
    }

    /// Answers a call.
    pub(crate) async fn answer(&self, mut call: Call) -> Reply {
        // Before anything that can fail, so that every failure has a span, a trace id in the log and a place in the
        // metrics.
        let traced = Traced::begin(&mut call);
        let deadline = call.context.deadline;
        // Around authentication, which may have to ask identity and must not wait longer than the caller does.
        // On the heap, since what wraps a future holds it twice.
        let answer = in_time(deadline, Box::pin(self.receive_and_handle(call)));
        // Around all that runs code of others; inside the trace, which then sees a panic as any other answer.
        traced.answer(catching_panics(answer)).await.unwrap_or_else(Status::into_http)
    }

    /// Finds out whether the call may be answered, reads its message, and answers it.
    async fn receive_and_handle(&self, mut call: Call) -> Result<Reply, Status> {
        match self.receive(&mut call).await {
            Ok((message, permit)) => self.handle(call, message, permit).await,
            Err(problem) => {
                // Not for what is late, which has been waited for, nor for a stream, whose sender may wait for an answer.
                if !matches!(problem, Problem::Late) && !call.method.takes_stream {
                    body::read_on(call.body).await;
                }
                Err(problem.into())
            }
        }
    }

    async fn receive(&self, call: &mut Call) -> Result<(Option<Full<bytes::Bytes>>, Permit), Problem> {
        check_protocol(&call.head.headers)?;
        call.principal = access::identify(&self.authenticator, call).await?;
        // After the caller is known and before a byte of the request is read.
        access::decide(&call.method.access, &call.principal, self.authenticator.now())?;
        let quota = self.quotas.of(&call.method.access, &call.principal);
        if call.method.takes_stream {
            return Ok((None, quota.admit(None)?));
        }
        let message = body::read(&mut call.body, self.arrival, quota.bytes()).await?;
        // After the message, so that whoever sends slowly, or nothing, keeps nobody out.
        Ok((Some(Full::new(message.bytes)), quota.admit(message.held)?))
    }

    async fn handle(
        &self,
        call: Call,
        message: Option<Full<bytes::Bytes>>,
        permit: Permit,
    ) -> Result<Reply, Status> {
        let Call { head, body, method, context, principal, .. } = call;
        let body: RequestBody = message.map_or(Either::Right(body), Either::Left);
        let writes = method.writes;
        let handling = async move {
            let reply = dispatch(&method, http::Request::from_parts(head, body), principal).await;
            drop(permit);
            reply
        };
        // Inside the deadline: its passing answers the caller, and the write goes on, with its permit.
        if writes { finish(&self.writes, context, handling).await } else { handling.await }
    }
}

/// Refuses what the protocol's headers ask for and is not offered: "PROTOCOL-HTTP2" and "Compression" of gRPC.
fn check_protocol(headers: &HeaderMap) -> Result<(), Problem> {
    context::timeout(headers)?;
    match headers.get(GRPC_ENCODING) {
        Some(coding) if coding != "identity" => Err(Problem::Compressed),
        _ => Ok(()),
    }
}

/// Answers DEADLINE_EXCEEDED when the caller has stopped waiting, whatever the handler is doing.
async fn in_time(
    deadline: Option<Instant>,
    call: impl Future<Output = Result<Reply, Status>>,
) -> Result<Reply, Status> {
    match deadline {
        Some(deadline) => timeout_at(deadline, call).await.unwrap_or_else(|_| Err(Problem::Late.into())),
        None => call.await,
    }
}

/// Turns a panic into an answer. The panic hook of [`crate::telemetry`] has logged where it happened, with the trace id.
async fn catching_panics(call: impl Future<Output = Result<Reply, Status>>) -> Result<Reply, Status> {
    // What the call held is dropped and never looked at again; what calls share survives panics (no lock is held across
    // user code).
    AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(|_| Err(Problem::Panicked.into()))
}

/// Lets a write end once it has begun. A caller who goes away drops the call, and a transaction that is dropped between two statements
/// is neither done nor undone in time; so the write has a task of its own.
async fn finish(
    writes: &TaskTracker,
    context: Context,
    write: impl Future<Output = Result<Reply, Status>> + Send + 'static,
) -> Result<Reply, Status> {
    let write = writes.spawn(context.scope(write).instrument(tracing::Span::current()));
    match write.await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(answer) => answer,
        // `catching_panics` answers.
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // The runtime is going down, and the connection with it.
        Err(Err(_)) => Err(Problem::Unavailable.into()),
    }
}

/// Hands the call to the generated server.
async fn dispatch(
    method: &Method,
    mut request: http::Request<RequestBody>,
    principal: Principal,
) -> Result<Reply, Status> {
    request.extensions_mut().insert(principal);
    let Ok(reply) = method.handle(request).await;
    match reply.extensions().get::<Status>() {
        Some(status) if status.details().is_empty() => Err(explained(status)),
        _ => Ok(reply),
    }
}

/// Gives details to a status that has none: one made by tonic, which calls a malformed frame its own fault.
fn explained(status: &Status) -> Status {
    match status.code() {
        Code::Unimplemented => Problem::Unimplemented,
        Code::Unavailable | Code::Cancelled => Problem::Unavailable,
        _ => Problem::invalid("", "the request is not a valid gRPC message"),
    }
    .into()
}
