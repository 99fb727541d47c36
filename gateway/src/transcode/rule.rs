//! Reads the HTTP rules of RPCs (`google.api.http`) from their descriptors.

use crate::{
    option,
    template::{Template, TemplateError},
};
use http::Method;
use patron_proto::google::api::{HttpRule, http_rule::Pattern as Path};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};

/// One way in which an RPC is reached over HTTP.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) method: Method,
    /// The template as it is written, for telemetry and documents.
    pub(crate) pattern: String,
    pub(crate) template: Template,
    pub(crate) body: Body,
}

/// What the body of a request holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Body {
    /// Nothing: fields come from path and query.
    None,
    /// Every field that the path does not hold.
    Whole,
    /// One field, which holds a message; the others come from path and query.
    Field(FieldDescriptor, MessageDescriptor),
}

/// What HTTP says of a call that succeeded (RFC 9110, 15.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// 201: there is a resource that was not there before (AIP-133).
    Created,
    /// 204: a resource is gone, and nothing is left to say of it (AIP-135).
    Deleted,
    /// 200: whatever else.
    Done,
}

impl Rule {
    /// What a success of this RPC means: standard methods are known by their form, and custom ones always have a verb.
    pub(crate) fn outcome(&self, rpc: &MethodDescriptor) -> Outcome {
        let deletes = self.method == Method::DELETE && self.template.verb.is_none();
        match rpc.output().full_name() {
            _ if self.creates() => Outcome::Created,
            "google.protobuf.Empty" if deletes => Outcome::Deleted,
            _ => Outcome::Done,
        }
    }

    fn creates(&self) -> bool {
        self.method == Method::POST && self.template.verb.is_none()
    }

    /// Why this takes no `Idempotency-Key`; none where it does, or where a repeat does no more than the method says: to read again, or to
    /// delete what is gone (RFC 9110, 9.2.2).
    pub(crate) fn refuses_key(&self, rpc: &MethodDescriptor) -> Option<&'static str> {
        let input = rpc.input();
        let has = |name: &str| input.get_field_by_name(name).is_some();
        match self.method {
            _ if has("request_id") => None,
            Method::GET | Method::DELETE => None,
            _ if has("requests") => {
                Some("is of one request: leave it out, and give each of requests a requestId")
            }
            _ => Some("is not taken here, since a repeat would be done again: leave it out"),
        }
    }

    /// The field of the request that says which version of a resource is meant, as a path of proto names. What is
    /// created has none yet.
    pub(crate) fn etag(&self, input: &MessageDescriptor) -> Option<String> {
        let (holder, path) = match &self.body {
            Body::Field(field, resource) => (resource, format!("{}.etag", field.name())),
            Body::Whole | Body::None => (input, "etag".to_owned()),
        };
        let text = holder.get_field_by_name("etag").is_some_and(|field| field.kind() == Kind::String);
        (text && !self.creates()).then_some(path)
    }
}

/// Why an RPC cannot be offered over HTTP as its rule says.
#[derive(Debug, thiserror::Error)]
#[error("{rpc}: {problem}")]
pub struct RuleError {
    rpc: String,
    problem: RuleProblem,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum RuleProblem {
    #[error("the rule has no method and path of a kind that is known")]
    Pattern,
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error("the body {0:?} is no message field of the request")]
    Body(String),
    #[error("the path fills {0:?}, which is no single field of the request")]
    Variable(String),
    #[error("responses are whole messages: response_body is not taken")]
    ResponseBody,
    #[error("a stream of requests has no HTTP form")]
    ClientStream,
    #[error("its package names no process of Patron")]
    Peer,
    #[error("its access option is missing")]
    Access,
    #[error(transparent)]
    Ambiguous(#[from] crate::router::Ambiguous),
}

impl RuleError {
    pub(super) fn of(rpc: &MethodDescriptor, problem: impl Into<RuleProblem>) -> Self {
        Self { rpc: rpc.full_name().to_owned(), problem: problem.into() }
    }
}

/// The rules of an RPC, the first one and its additional bindings; none where it is not offered over HTTP.
pub(crate) fn rules(rpc: &MethodDescriptor) -> Result<Vec<Rule>, RuleError> {
    read(rpc).map_err(|problem| RuleError::of(rpc, problem))
}

fn read(rpc: &MethodDescriptor) -> Result<Vec<Rule>, RuleProblem> {
    let Some(first) = option::http(rpc) else { return Ok(Vec::new()) };
    if rpc.is_client_streaming() {
        return Err(RuleProblem::ClientStream);
    }
    let more = first.additional_bindings.clone();
    std::iter::once(first).chain(more).map(|rule| one(rpc, rule)).collect()
}

fn one(rpc: &MethodDescriptor, rule: HttpRule) -> Result<Rule, RuleProblem> {
    let (method, pattern) = match rule.pattern.ok_or(RuleProblem::Pattern)? {
        Path::Get(pattern) => (Method::GET, pattern),
        Path::Put(pattern) => (Method::PUT, pattern),
        Path::Post(pattern) => (Method::POST, pattern),
        Path::Delete(pattern) => (Method::DELETE, pattern),
        Path::Patch(pattern) => (Method::PATCH, pattern),
    };
    if !rule.response_body.is_empty() {
        return Err(RuleProblem::ResponseBody);
    }
    let body = match rule.body.as_str() {
        "" => Body::None,
        "*" => Body::Whole,
        name => {
            let field =
                rpc.input().get_field_by_name(name).filter(|field| !field.is_list() && !field.is_map());
            match field.map(|field| (field.kind(), field)) {
                Some((Kind::Message(message), field)) => Body::Field(field, message),
                _ => return Err(RuleProblem::Body(rule.body)),
            }
        }
    };
    Ok(Rule { method, template: Template::parse(&pattern)?, pattern, body })
}
