//! A change: by whom and in which request it is made, with which rights, and where it then stands.

use crate::{idempotency, inbox::ConsistencyToken};
use patron_chassis::{
    context::Context,
    principal::{Principal, Scope, Subject},
    status::Problem,
};
use patron_proto::event::v1::ChangeContext;
use prost::Name;
use tonic::{Request, Response};

/// By whom and with which rights a change is made.
#[derive(Debug, Clone)]
pub struct By {
    /// Which customers the caller may change.
    pub scope: Scope,
    /// What history keeps of it.
    pub context: ChangeContext,
    /// The request as it is known when it comes again, where it has an id.
    pub request: Option<idempotency::Request>,
}

impl By {
    /// The caller of a request, whose id is `request_id` or empty. Fails where nobody is known to call.
    pub fn of<T: Name>(request: &Request<T>, request_id: &str) -> Result<Self, Problem> {
        let context = context_of(request);
        Ok(Self {
            scope: Principal::of(request).known_scope()?,
            request: idempotency::Request::new(&context.actor, request_id, request.get_ref()),
            context,
        })
    }
}

/// What a change came to.
#[derive(Debug, Clone)]
pub struct Changed<T> {
    /// The resource as it is now.
    pub result: T,
    /// Where the change stands in its aggregate; `None` where nothing was to change.
    pub consistency_token: Option<ConsistencyToken>,
}

impl<T> Changed<T> {
    /// Nothing was to change.
    pub fn nothing(result: T) -> Self {
        Self { result, consistency_token: None }
    }

    /// It changed.
    pub fn to(result: T, consistency_token: ConsistencyToken) -> Self {
        Self { result, consistency_token: Some(consistency_token) }
    }

    /// The reply to the call that asked for it.
    pub fn reply<M>(&self, message: impl FnOnce(&T) -> M) -> Response<M> {
        let message = message(&self.result);
        match &self.consistency_token {
            Some(consistency_token) => consistency_token.reply(message),
            None => Response::new(message),
        }
    }
}

/// What a change made for this request says of its making.
///
/// When impersonating, the actor is the member of staff and the customer stands in `on_behalf_of`.
pub fn context_of<T>(request: &Request<T>) -> ChangeContext {
    let principal = Principal::of(request);
    let trace = Context::current_trace();
    let (actor_display_name, on_behalf_of) = match principal {
        Principal::User(user) => {
            let behalf = user.actor.as_ref().map(|_| user.subject.to_string());
            (user.display_name.to_string(), behalf.unwrap_or_default())
        }
        Principal::Peer(_) | Principal::Anonymous => Default::default(),
    };
    ChangeContext {
        actor: principal.to_string(),
        actor_display_name,
        on_behalf_of,
        origin: origin(principal).to_owned(),
        reason: String::new(),
        trace_id: trace.map(|trace| trace.id.to_string()).unwrap_or_default(),
        span_id: trace.map(|trace| trace.span.to_string()).unwrap_or_default(),
    }
}

/// The way a change came, in one word.
fn origin(principal: &Principal) -> &'static str {
    match principal {
        Principal::User(user) => match user.actor.as_ref().unwrap_or(&user.subject) {
            Subject::Staff(_) => "staff",
            Subject::Customer(_) => "customer",
            Subject::Service(_) => "service-account",
        },
        Principal::Peer(peer) => peer.name(),
        Principal::Anonymous => "anonymous",
    }
}
