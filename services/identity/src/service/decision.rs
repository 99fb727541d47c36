//! Requests that decide whether a customer may sign in: each names an account, a reason and what its caller has seen.

use crate::{account, operations::Decision};
use patron_chassis::status::Problem;
use patron_ledger::{change::Caller, idempotency};
use patron_proto::identity::v1 as proto;
use patron_values::{
    optional,
    text::{self, Line},
};

/// Why, as history keeps it: a line like every other.
type Reason = Line<400>;

/// What every such request has.
pub(super) trait Request: prost::Name {
    /// Whether a reason must be given.
    const REASON_NEEDED: bool;

    /// Name of the account, reason, id of the request, and etag.
    fn parts(&self) -> [&str; 4];
}

macro_rules! requests {
    ($($request:ident: $reason_needed:literal,)*) => {$(
        impl Request for proto::$request {
            const REASON_NEEDED: bool = $reason_needed;

            fn parts(&self) -> [&str; 4] {
                [&self.name, &self.reason, &self.request_id, &self.etag]
            }
        }
    )*};
}

requests! {
    DisableAccountRequest: false,
    EnableAccountRequest: false,
    ApproveAccountRequest: false,
    DeclineAccountRequest: true,
}

/// What a caller asks for.
pub(super) fn decision(message: &impl Request, caller: Caller) -> Result<Decision, Problem> {
    decision_at("", message, caller)
}

/// What a caller asks for at once. One request of a wrong form refuses all.
pub(super) fn decisions(messages: &[impl Request], caller: &Caller) -> Result<Vec<Decision>, Problem> {
    let decisions = messages.iter().enumerate();
    decisions.map(|(at, message)| decision_at(&format!("requests[{at}]."), message, caller.clone())).collect()
}

fn decision_at<R: Request>(path: &str, message: &R, mut caller: Caller) -> Result<Decision, Problem> {
    let [name, reason, request_id, etag] = message.parts();
    let name = account::Name::parse(&format!("{path}name"), name)?;
    let wrong = |description: String| Problem::invalid(format!("{path}reason"), description);
    let reason: Option<Reason> = optional(reason).map_err(|error: text::Error| wrong(error.to_string()))?;
    if R::REASON_NEEDED && reason.is_none() {
        return Err(wrong("is needed".to_owned()));
    }
    caller.context.reason = reason.map(|reason| reason.to_string()).unwrap_or_default();
    caller.request = idempotency::Request::new(&caller.context.actor, request_id, message);
    Ok(Decision { name, etag: etag.to_owned(), caller })
}
