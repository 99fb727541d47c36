//! What every call passes on its way to the handler, in one order for all services.

mod authentication;
mod deadline;
mod detach;
mod dispatch;
mod load;
mod panic;
mod permission;
mod trace;

use std::{sync::Arc, time::Duration};

use http_body_util::{Either, Full};
use hyper::body::Incoming;
use tokio_util::task::TaskTracker;
use tonic::{Status, body::Body};

use self::{
    load::{Held, Places},
    trace::Traced,
};
use super::{
    body::{self, RequestBody},
    method::Method,
};
use crate::{
    config, context::Context, peer::Peer, permission::Permission, principal::Principal, status::Problem,
    token::Authenticator,
};

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

/// Who may call an RPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Users whose token carries the permission.
    Permission(Permission),
    /// These services, by certificate.
    Peers(Vec<Peer>),
    /// Anyone with a valid token.
    SignedIn,
    /// Anyone with a valid token or a peer's certificate.
    Known,
    /// Anyone.
    Public,
}

/// The layers, and what they share with the rest of the process.
pub(crate) struct Layers {
    /// Tells whose a token is.
    authenticator: Authenticator,
    /// Places of calls that are answered at once.
    places: Places,
    /// Time for the message of a request to arrive.
    arrival: Duration,
    /// Keeps writes whose callers went away until they end.
    writes: TaskTracker,
}

impl Layers {
    pub(crate) fn new(config: &config::Server, authenticator: Authenticator, writes: TaskTracker) -> Self {
        let places = Places::new(config.concurrency);
        Self { authenticator, places, arrival: config.message_ms.get(), writes }
    }

    /// Answers a call.
    pub(crate) async fn answer(&self, mut call: Call) -> Reply {
        // Before anything that can fail, so that every failure has a span, a trace id in the log and a place in the
        // metrics.
        let traced = Traced::begin(&mut call);
        let deadline = call.context.deadline;
        // Around authentication, which may have to ask identity and must not wait longer than the caller does.
        // On the heap, since what wraps a future holds it twice.
        let in_time = deadline::answer(deadline, Box::pin(self.admit(call)));
        // Around all that runs code of others; inside the trace, which then sees a panic as any other answer.
        traced.answer(panic::catch(in_time)).await.unwrap_or_else(Status::into_http)
    }

    /// Finds out whether the call may be answered, reads its message, and has it answered.
    async fn admit(&self, mut call: Call) -> Result<Reply, Status> {
        match self.receive(&mut call).await {
            Ok((body, held)) => self.handle(call, body, held).await,
            Err(problem) => {
                // Not for what is late, which has been waited for, nor for a stream, whose sender may wait for an answer.
                if !matches!(problem, Problem::Late) && !call.method.takes_stream {
                    body::read_on(call.body).await;
                }
                Err(problem.into())
            }
        }
    }

    async fn receive(&self, call: &mut Call) -> Result<(Option<Full<bytes::Bytes>>, Held), Problem> {
        call.principal = authentication::identify(&self.authenticator, call).await?;
        // After the caller is known and before a byte of the request is read.
        permission::decide(&call.method.access, &call.principal)?;
        let share = self.places.share(&call.method.access, &call.principal);
        if call.method.takes_stream {
            return Ok((None, share.take(None)?));
        }
        let message = body::read(&mut call.body, self.arrival, share.room()).await?;
        // After the message, so that whoever sends slowly, or nothing, keeps nobody out.
        Ok((Some(Full::new(message.bytes)), share.take(message.held)?))
    }

    async fn handle(
        &self,
        call: Call,
        message: Option<Full<bytes::Bytes>>,
        held: Held,
    ) -> Result<Reply, Status> {
        let Call { head, body, method, context, principal, .. } = call;
        let body: RequestBody = message.map_or(Either::Right(body), Either::Left);
        let writes = method.writes;
        let handling = async move {
            let reply = dispatch::handle(&method, http::Request::from_parts(head, body), principal).await;
            drop(held);
            reply
        };
        // Inside the deadline: its passing answers the caller, and the write goes on, in its place.
        if writes { detach::finish(&self.writes, context, handling).await } else { handling.await }
    }
}
