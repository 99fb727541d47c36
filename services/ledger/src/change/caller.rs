use crate::idempotency;
use patron_chassis::{
    context::Context,
    principal::{Principal, Scope, Subject, check_fresh},
    status::Problem,
};
use patron_proto::event::v1::ChangeContext;
use prost::Name;
use time::OffsetDateTime;
use tonic::Request;

/// By whom and with which rights a change is made.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Which customers the caller may change.
    pub scope: Scope,
    /// What history keeps of it.
    pub context: ChangeContext,
    /// The request as it is known when it comes again, where it has an id.
    pub request: Option<idempotency::Request>,
    /// Whether nothing shall stand: the caller only asks what would come of it.
    pub validate_only: bool,
    /// When the user last proved who it is, in seconds since 1970. `None` where no user asks now: what goes on in somebody's name
    /// was allowed when it began.
    pub authenticated: Option<i64>,
}

impl Caller {
    /// The caller of a request, whose id is `request_id` or empty. Fails where nobody is known to call.
    pub fn of<T: Name>(request: &Request<T>, request_id: &str) -> Result<Self, Problem> {
        let context = context_of(request);
        Ok(Self {
            scope: Principal::of(request).known_scope()?,
            request: idempotency::Request::new(&context.actor, request_id, request.get_ref()),
            context,
            validate_only: false,
            authenticated: Principal::of(request).user().ok().map(|user| user.authenticated),
        })
    }

    /// Whoever this context names, in whose name something goes on that was asked for before; or for whom nobody was known to call.
    pub fn of_context(scope: Scope, context: ChangeContext, request: Option<idempotency::Request>) -> Self {
        Self { scope, context, request, validate_only: false, authenticated: None }
    }

    /// Fails with [`Problem::StepUpRequired`] where a user asks who proved who it is too long ago: for what only some calls of an RPC do,
    /// such as the change of one field. Where all do, the proto says so.
    pub fn check_fresh(&self, now: OffsetDateTime) -> Result<(), Problem> {
        self.authenticated.map_or(Ok(()), |authenticated| check_fresh(authenticated, now))
    }

    /// The same caller, who only asks where `validate_only` says so.
    #[must_use]
    pub fn validating(self, validate_only: bool) -> Self {
        Self { validate_only, ..self }
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
