//! By whom and in which request a change is made: what history keeps of it.

use crate::{
    context::Context,
    principal::{Principal, Subject},
};
use patron_proto::event::v1::ChangeContext;
use tonic::Request;

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
