//! What the transcoder knows of one binding of one RPC, worked out at start so that a request only looks it up.

use super::{
    field_path::FieldPath,
    rule::{Body, Outcome, Rule, RuleError, RuleProblem},
    schema::{MessageId, Schema},
};
use crate::{admission::Class, option, template::Segment, upstream::peer_of};
use http::{Method, uri::PathAndQuery};
use patron_chassis::peer::Peer;
use patron_proto::{
    access::v1::Access,
    behavior::{behaviors, is_time_of_service},
    google::api::FieldBehavior,
};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};
use std::sync::Arc;

/// One binding of one RPC.
#[derive(Debug)]
pub struct Route {
    /// The template, for telemetry: `/v1/{name=customers/*}`.
    pub pattern: Arc<str>,
    /// The process that answers.
    pub peer: Peer,
    /// Path of the RPC: `/patron.profile.v1.CustomerService/GetCustomer`.
    pub rpc: PathAndQuery,
    /// Whether the reply is a stream.
    pub streaming: bool,
    /// Whether the RPC changes nothing.
    pub reads: bool,
    /// Which permits its calls take.
    pub class: Class,
    /// Who may call it.
    pub access: Access,
    /// Whether requests hold secrets such as a password, so that a rejection may be about these and not about the caller's
    /// token.
    pub takes_secrets: bool,
    /// Full name of the message that it answers with.
    pub output: Box<str>,
    pub(super) input: MessageDescriptor,
    pub(super) body: Body,
    pub(super) variables: Vec<FieldPath>,
    pub(super) request_id: Option<FieldPath>,
    /// Why an `Idempotency-Key` cannot be taken, where one would promise what nobody keeps.
    pub(super) refuses_key: Option<&'static str>,
    pub(super) etag: Option<FieldPath>,
    pub(super) after: Option<FieldPath>,
    /// Flag of the request that has everything checked and nothing done.
    pub(super) validate_only: Option<FieldPath>,
    pub(super) outcome: Outcome,
    /// The part of the path before names of resources: `/v1/`.
    pub(super) base: Box<str>,
    pub(super) mask: Option<Mask>,
    pub(super) reply: Reply,
}

/// How the mask of a change is made where the caller gives none.
#[derive(Debug)]
pub(super) struct Mask {
    pub(super) field: FieldDescriptor,
    /// Numbers of fields of the resource that no mask names: they say which resource, and which version of it, is meant, or when it came
    /// to be as it was read.
    pub(super) passed_over: Vec<u32>,
}

/// What a reply is turned into.
#[derive(Debug)]
pub(super) enum Reply {
    /// JSON, with the field that holds the version of the resource and the one that holds its name.
    Json { message: MessageId, etag: Option<u32>, name: Option<u32> },
    /// What the message holds: `google.api.HttpBody`.
    Content,
}

impl Route {
    pub(super) fn new(schema: &mut Schema, rpc: &MethodDescriptor, rule: &Rule) -> Result<Self, RuleError> {
        Self::build(schema, rpc, rule).map_err(|problem| RuleError::of(rpc, problem))
    }

    fn build(schema: &mut Schema, rpc: &MethodDescriptor, rule: &Rule) -> Result<Self, RuleProblem> {
        let input = rpc.input();
        let mut variables = Vec::new();
        for variable in &rule.template.variables {
            let path = FieldPath::resolve(&input, &variable.field).ok().filter(|path| {
                !path.last().is_list()
                    && !path.last().is_map()
                    && !matches!(path.last().kind(), Kind::Message(_))
            });
            let path = path.ok_or_else(|| RuleProblem::Variable(variable.field.to_string()))?;
            variables.push(path);
        }
        let field = |name: &str, kind: &Kind| {
            FieldPath::resolve(&input, name).ok().filter(|path| path.last().kind() == *kind)
        };
        let text = |name: &str| field(name, &Kind::String);
        let is_secret = |field: FieldDescriptor| behaviors(&field).contains(&FieldBehavior::InputOnly);
        let takes_secrets = input.fields().any(is_secret);
        let service = rpc.parent_service();
        let path = format!("/{}/{}", service.full_name(), rpc.name());
        let access = option::access(rpc).ok_or(RuleProblem::Access)?;
        Ok(Self {
            pattern: rule.pattern.as_str().into(),
            peer: peer_of(service.full_name()).ok_or(RuleProblem::Peer)?,
            output: rpc.output().full_name().into(),
            rpc: path.parse().map_err(|_| RuleProblem::Pattern)?,
            streaming: rpc.is_server_streaming(),
            reads: rule.method == Method::GET,
            takes_secrets,
            class: class(rpc, &access),
            access,
            etag: rule.etag(&input).and_then(|path| text(&path)),
            request_id: text("request_id"),
            refuses_key: rule.refuses_key(rpc),
            after: text("after").filter(|_| rpc.is_server_streaming()),
            validate_only: field("validate_only", &Kind::Bool),
            outcome: rule.outcome(rpc),
            base: base(rule),
            mask: mask(&input, rule),
            reply: reply(schema, &rpc.output()),
            body: rule.body.clone(),
            variables,
            input,
        })
    }
}

/// Every path begins with the version of the contract, and goes on with the name of a resource or collection.
fn base(rule: &Rule) -> Box<str> {
    match rule.template.segments.first() {
        Some(Segment::Literal(version)) => format!("/{version}/").into(),
        _ => "/".into(),
    }
}

/// A batch is known by its list of requests (AIP-233).
fn class(rpc: &MethodDescriptor, access: &Access) -> Class {
    let many = rpc.input().get_field_by_name("requests").is_some_and(|field| field.is_list());
    match rpc {
        _ if rpc.is_server_streaming() => Class::Stream,
        _ if access.public => Class::SignIn,
        _ if option::is_read(rpc) => Class::Read,
        _ if many => Class::Bulk,
        _ => Class::Write,
    }
}

fn mask(input: &MessageDescriptor, rule: &Rule) -> Option<Mask> {
    let Body::Field(_, resource) = &rule.body else { return None };
    let field = input.get_field_by_name("update_mask").filter(|_| rule.method == Method::PATCH)?;
    let is_passed_over = |field: &FieldDescriptor| {
        field.name() == "etag"
            || behaviors(field).contains(&FieldBehavior::Identifier)
            || is_time_of_service(field)
    };
    let passed_over = resource.fields().filter(is_passed_over).map(|field| field.number());
    Some(Mask { field, passed_over: passed_over.collect() })
}

fn reply(schema: &mut Schema, output: &MessageDescriptor) -> Reply {
    if output.full_name() == "google.api.HttpBody" {
        return Reply::Content;
    }
    let number = |name: &str| {
        let field =
            output.get_field_by_name(name).filter(|field| field.kind() == Kind::String && !field.is_list());
        field.map(|field| field.number())
    };
    Reply::Json { message: schema.add(output), etag: number("etag"), name: number("name") }
}
