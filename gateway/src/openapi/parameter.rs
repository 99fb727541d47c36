//! What a request says outside its body: path, query and headers.

use super::{Contract, rule, schema::Schemas};
use crate::{
    option,
    template::Segment,
    transcode::{Body, FieldPath, Rule},
};
use anyhow::Context as _;
use patron_proto::{
    behavior::behaviors,
    google::api::{FieldBehavior, ResourceDescriptor},
};
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Value, json};
use std::collections::HashMap;

/// What resources call the id that follows a collection: `customer` after `customers`.
pub(super) struct Collections(HashMap<String, String>);

impl Collections {
    pub(super) fn new(pool: &DescriptorPool) -> Self {
        let resources = pool.all_messages().filter_map(|message| option::resource(&message));
        let patterns = resources.flat_map(|resource: ResourceDescriptor| resource.pattern);
        let ids = patterns.flat_map(|pattern| {
            let segments: Vec<_> = pattern.split('/').map(str::to_owned).collect();
            segments.windows(2).filter_map(|pair| Some((pair[0].clone(), id(&pair[1])?))).collect::<Vec<_>>()
        });
        Self(ids.collect())
    }
}

fn id(segment: &str) -> Option<String> {
    Some(segment.strip_prefix('{')?.strip_suffix('}')?.to_owned())
}

/// A path as OpenAPI writes it, and its parameters.
pub(super) struct Path {
    pub(super) text: String,
    pub(super) parameters: Vec<Value>,
}

/// Describes the path of a rule: `/v1/{name=customers/*}` is `/v1/customers/{customer}`.
pub(super) fn path(contract: &Contract<'_>, input: &MessageDescriptor, rule: &Rule) -> anyhow::Result<Path> {
    let template = &rule.template;
    let mut path = Path { text: String::new(), parameters: Vec::new() };
    for (index, segment) in template.segments.iter().enumerate() {
        if let Segment::Literal(text) = segment {
            path.text.push('/');
            path.text.push_str(text);
            continue;
        }
        let variable =
            template.variables.iter().find(|it| (it.start..it.end.unwrap_or(usize::MAX)).contains(&index));
        let variable = variable.context("a segment of the path fills no field")?;
        let field = FieldPath::resolve(input, &variable.field)
            .ok()
            .context("the path fills a field that is not there")?;
        let before = index.checked_sub(1).map(|before| &template.segments[before]);
        let name = match before {
            Some(Segment::Literal(collection)) if variable.spans_segments() => {
                contract.collections.0.get(&**collection)
            }
            _ => None,
        };
        let name = name.map_or_else(|| field.last().json_name(), String::as_str);
        path.text.extend(["/{", name, "}"]);
        path.parameters.push(part(contract, &field, name, index - variable.start));
    }
    if let Some(verb) = &template.verb {
        path.text.extend([":", verb]);
    }
    Ok(path)
}

/// Describes the segment of a path with this place in the field that it is a part of.
fn part(contract: &Contract<'_>, field: &FieldPath, name: &str, place: usize) -> Value {
    let comment = contract.comments.of(&field.last().parent_message().parent_file(), field.last().path());
    let mut schema = json!({"type": "string"});
    if let Some(pattern) = rule::pattern(field.last()).and_then(|pattern| of_segment(&pattern, place)) {
        schema["pattern"] = pattern.into();
    }
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "description": format!("Part of `{}`: {comment}", field.json()),
        "schema": schema,
    })
}

/// The part of a pattern of resource names that is about one segment.
fn of_segment(pattern: &str, index: usize) -> Option<String> {
    let segment = pattern.strip_prefix('^')?.strip_suffix('$')?.split('/').nth(index)?;
    Some(format!("^{segment}$"))
}

/// Describes the parameters of the query: fields that neither path nor body holds.
pub(super) fn query(schemas: &mut Schemas<'_>, input: &MessageDescriptor, rule: &Rule) -> Vec<Value> {
    if rule.body == Body::Whole {
        return Vec::new();
    }
    let in_body = |field: &FieldDescriptor| matches!(&rule.body, Body::Field(body, _) if body == field);
    let in_path = |field: &FieldDescriptor| {
        rule.template.variables.iter().any(|variable| &*variable.field == field.name())
    };
    let fields = input.fields().filter(|field| !in_body(field) && !in_path(field));
    fields.filter(is_parameter).map(|field| parameter(schemas, &field)).collect()
}

/// Whether a URL can hold the field in one parameter.
fn is_parameter(field: &FieldDescriptor) -> bool {
    let single = match field.kind() {
        Kind::Message(message) => message.package_name() == "google.protobuf",
        _ => true,
    };
    single && !field.is_map()
}

fn parameter(schemas: &mut Schemas<'_>, field: &FieldDescriptor) -> Value {
    let mut schema = schemas.field(field);
    let description = schema.remove("description");
    json!({
        "name": field.json_name(),
        "in": "query",
        "required": behaviors(field).contains(&FieldBehavior::Required),
        "description": description,
        "schema": schema,
    })
}

/// Describes the headers that fill fields.
pub(super) fn headers(input: &MessageDescriptor, rule: &Rule) -> Vec<Value> {
    let header = |name: &str, description: &str| json!({"name": name, "in": "header", "description": description, "schema": {"type": "string"}});
    let version = rule.etag(input).map(|_| {
        header("If-Match", "The etag of what you saw, in double quotes: the same as `etag` in the request.")
    });
    let id = input.get_field_by_name("request_id");
    let id = id.map(|_| {
        let mut id = header(
            "Idempotency-Key",
            "Anything that names this request, in quotes or without: a repeat with the same key gets the same. A UUID is the same as \
             `requestId` in the request.",
        );
        id["schema"] = json!({"type": "string", "minLength": 1, "maxLength": 255});
        id
    });
    version.into_iter().chain(id).collect()
}
