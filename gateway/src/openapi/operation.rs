//! One way to call one RPC.

use super::{Contract, comment::summary, parameter, refusal, schema::Schemas};
use crate::{
    option,
    transcode::{Body, Outcome, Rule},
};
use http::Method;
use patron_chassis::permission;
use patron_proto::access::v1::Access;
use prost_reflect::{MethodDescriptor, ServiceDescriptor};
use serde_json::{Value, json};

/// An operation and the path it belongs to.
pub(super) struct Described {
    pub(super) path: String,
    pub(super) operation: Value,
}

/// Describes an RPC as its rule with this index has it.
pub(super) fn operation(
    contract: &Contract<'_>,
    schemas: &mut Schemas<'_>,
    rpc: &MethodDescriptor,
    rule: &Rule,
    index: usize,
) -> anyhow::Result<Described> {
    let input = rpc.input();
    let path = parameter::path(contract, &input, rule)?;
    let mut parameters = path.parameters;
    parameters.extend(parameter::query(schemas, &input, rule));
    parameters.extend(parameter::headers(&input, rule));
    let access = option::access(rpc).unwrap_or_default();
    let comment = contract.comments.of(&rpc.parent_service().parent_file(), rpc.path());
    let mut operation = json!({
        "operationId": id(rpc, index),
        "tags": [tag(rpc.parent_service())],
        "summary": summary(comment),
        "description": format!("{comment}\n\n{}", who(&access)),
        "parameters": parameters,
        "responses": responses(schemas, rpc, rule),
        "security": security(&access, rule),
    });
    if let Some(body) = body(schemas, rpc, rule) {
        operation["requestBody"] =
            json!({"required": true, "content": {"application/json": {"schema": body}}});
    }
    if access.permission != 0 {
        operation["x-permission"] = permission::name(access.permission()).into();
    }
    Ok(Described { path: path.text, operation })
}

/// The group that operations of a service stand in: its name without the word for what it is.
pub(super) fn tag(service: &ServiceDescriptor) -> String {
    service.name().trim_end_matches("Service").to_owned()
}

/// The RPC's name in lowerCamelCase; further bindings are numbered from 2.
fn id(rpc: &MethodDescriptor, index: usize) -> String {
    let (first, rest) = rpc.name().split_at(1);
    let number = if index > 0 { (index + 1).to_string() } else { String::new() };
    format!("{}{rest}{number}", first.to_ascii_lowercase())
}

fn who(access: &Access) -> String {
    if access.public {
        "Open to anyone.".to_owned()
    } else if access.signed_in {
        "For anyone who is signed in.".to_owned()
    } else {
        let fresh =
            if access.step_up { " The user must have signed in within the last 15 minutes." } else { "" };
        format!("Needs the permission `{}`.{fresh}", permission::name(access.permission()))
    }
}

fn security(access: &Access, rule: &Rule) -> Value {
    match (access.public, rule.method == Method::GET) {
        (true, _) => json!([]),
        (false, true) => json!([{"token": []}, {"session": []}]),
        (false, false) => json!([{"token": []}, {"session": [], "csrf": []}]),
    }
}

fn body(schemas: &mut Schemas<'_>, rpc: &MethodDescriptor, rule: &Rule) -> Option<Value> {
    let in_path = |name: &str| rule.template.variables.iter().any(|variable| &*variable.field == name);
    match &rule.body {
        Body::None => None,
        // An update leaves out what stays as it is, also what a creation needs (AIP-203).
        Body::Field(_, message) if rule.method == Method::PATCH => Some(schemas.update(message)),
        Body::Field(_, message) => Some(schemas.message(message)),
        Body::Whole if rule.template.variables.is_empty() => Some(schemas.message(&rpc.input())),
        Body::Whole => Some(schemas.object(&rpc.input(), |field| !in_path(field.name()))),
    }
}

fn responses(schemas: &mut Schemas<'_>, rpc: &MethodDescriptor, rule: &Rule) -> Value {
    let text = |description: &str| json!({"description": description, "schema": {"type": "string"}});
    let output = rpc.output();
    let has = |name: &str| output.get_field_by_name(name).is_some();
    let mut responses = Value::Object(refusal::of(rpc, rule));
    let (status, description) = match rule.outcome(rpc) {
        Outcome::Created => ("201", "Created."),
        Outcome::Deleted => ("204", "Deleted."),
        Outcome::Done => ("200", "Done."),
    };
    let mut response = json!({"description": description});
    if status != "204" {
        response["content"] = content(schemas, rpc);
    }
    if status == "201" && has("name") {
        response["headers"]["Location"] = text("Path of what was created.");
    }
    let is_one = !rpc.is_server_streaming() && (has("etag") || has("name") && rule.method == Method::GET);
    if is_one {
        response["headers"]["ETag"] = text(
            "Changes with what is shown. Good for `If-None-Match`, and for `If-Match` where there is one.",
        );
    }
    if response["headers"]["ETag"].is_object() && rule.method == Method::GET {
        responses["304"] = json!({"description": "As it was: `If-None-Match` names its `ETag`."});
    }
    responses[status] = response;
    if status == "201" && rpc.input().get_field_by_name("validate_only").is_some() {
        responses["200"] =
            json!({"description": "Checked, with `validateOnly`.", "content": content(schemas, rpc)});
    }
    responses
}

fn content(schemas: &mut Schemas<'_>, rpc: &MethodDescriptor) -> Value {
    let output = rpc.output();
    if output.full_name() == "google.api.HttpBody" {
        return json!({"*/*": {"schema": {}}});
    }
    let schema = schemas.message(&output);
    if rpc.is_server_streaming() {
        json!({"application/x-ndjson": {"schema": schema}, "text/event-stream": {"schema": schema}})
    } else {
        json!({"application/json": {"schema": schema}})
    }
}
