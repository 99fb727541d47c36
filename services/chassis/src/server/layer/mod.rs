//! What every call passes on its way to the handler, in one order for all services.

mod authentication;
mod deadline;
mod detach;
mod dispatch;
mod load;
mod panic;
mod permission;
mod trace;

use std::sync::Arc;

use hyper::service::Service;
use tokio_util::task::TaskTracker;
use tonic::{Status, body::Body};
use tower::{ServiceBuilder, layer::layer_fn};

use super::{body::RequestBody, method::Method};
use crate::{
    context::Context, peer::Peer, permission::Permission, principal::Principal, token::Authenticator,
};

/// The answer to a call.
pub(crate) type Reply = http::Response<Body>;

/// A call on its way inward.
pub(crate) struct Call {
    pub(crate) request: http::Request<RequestBody>,
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

/// A service that takes calls by reference, so that nothing is cloned for each, and that is always ready, so
/// that nobody asks.
pub(crate) trait Layered:
    Service<Call, Response = Reply, Error = Status, Future: Send> + Send + Sync + 'static
{
}

impl<S> Layered for S where
    S: Service<Call, Response = Reply, Error = Status, Future: Send> + Send + Sync + 'static
{
}

/// What the layers share with the rest of the process.
pub(crate) struct Shared {
    /// Calls answered at once.
    pub(crate) concurrency: usize,
    /// Tells whose a token is.
    pub(crate) authenticator: Arc<Authenticator>,
    /// Keeps writes whose callers went away until they end.
    pub(crate) writes: TaskTracker,
}

/// The layers, outermost first.
pub(crate) fn stack(shared: &Shared) -> impl Layered {
    ServiceBuilder::new()
        // Outermost, so that a call over the limit costs next to nothing.
        .layer(layer_fn(|inner| load::Load::new(inner, shared.concurrency)))
        // Before anything that can fail, so that every failure has a span, a trace id in the log and a place
        // in the metrics.
        .layer(layer_fn(trace::Trace::new))
        // Around all that runs code of others; inside the trace, which then sees a panic as any other answer.
        .layer(layer_fn(panic::Panic::new))
        // Before authentication, which may have to ask identity and must not wait longer than the caller
        // does.
        .layer(layer_fn(deadline::Deadline::new))
        .layer(layer_fn(|inner| authentication::Authentication::new(inner, shared.authenticator.clone())))
        // After the caller is known and before a byte of the request is decoded.
        .layer(layer_fn(permission::Permitted::new))
        // Inside the deadline: its passing answers the caller, and the write goes on.
        .layer(layer_fn(|inner| detach::Detach::new(inner, shared.writes.clone())))
        .service(dispatch::Dispatch)
}
