//! Messages and enums as JSON schemas.

use super::{Contract, rule};
use crate::option;
use patron_proto::{behavior::behaviors, google::api::FieldBehavior};
use prost_reflect::{EnumDescriptor, EnumValueDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashSet};

/// The schemas that operations refer to.
pub(super) struct Schemas<'c> {
    contract: &'c Contract<'c>,
    /// By name; what they hold is taken in as they are asked for.
    made: BTreeMap<String, Value>,
    /// Messages that callers send, by full name. Others come from the services alone.
    sent: HashSet<String>,
}

impl<'c> Schemas<'c> {
    pub(super) fn new(contract: &'c Contract<'c>) -> Self {
        let mut schemas = Self { contract, made: BTreeMap::new(), sent: HashSet::new() };
        let rpcs = contract.pool.services().flat_map(|service| service.methods().collect::<Vec<_>>());
        rpcs.for_each(|rpc| schemas.mark_sent(&rpc.input()));
        schemas
    }

    fn mark_sent(&mut self, message: &MessageDescriptor) {
        if self.sent.insert(message.full_name().to_owned()) {
            for field in
                message.fields().filter(|field| !behaviors(field).contains(&FieldBehavior::OutputOnly))
            {
                if let Kind::Message(inner) = field.kind() {
                    self.mark_sent(&inner);
                }
            }
        }
    }

    /// All schemas asked for, by name.
    pub(super) fn finish(mut self) -> BTreeMap<String, Value> {
        self.made.insert("Problem".to_owned(), super::problem::schema());
        self.made
    }

    /// The schema of a message, by reference where it is one of ours.
    pub(super) fn message(&mut self, message: &MessageDescriptor) -> Value {
        if let Some(schema) = well_known(message) {
            return schema;
        }
        let name = short(message.full_name());
        if !self.made.contains_key(&name) {
            // before what it holds, which may be of its own kind
            self.made.insert(name.clone(), Value::Null);
            let schema = self.object(message, |_| true);
            self.made.insert(name.clone(), schema);
        }
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    /// The schema of a message of which a caller sends some fields, by value.
    pub(super) fn update(&mut self, message: &MessageDescriptor) -> Value {
        let mut schema = self.object(message, |_| true);
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("required");
        }
        schema
    }

    /// The schema of a message with some of its fields, by value.
    pub(super) fn object(
        &mut self,
        message: &MessageDescriptor,
        with: impl Fn(&FieldDescriptor) -> bool,
    ) -> Value {
        let sent = self.sent.contains(message.full_name());
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in message.fields().filter(with) {
            let behaviors = behaviors(&field);
            let mut schema = self.field(&field);
            if behaviors.contains(&FieldBehavior::OutputOnly) {
                schema.insert("readOnly".to_owned(), true.into());
            }
            if behaviors.contains(&FieldBehavior::InputOnly) {
                schema.insert("writeOnly".to_owned(), true.into());
            }
            if option::is_deprecated(&field) {
                schema.insert("deprecated".to_owned(), true.into());
            }
            // what comes from a service alone always has the fields that have no other way to say that they are empty
            let always = !field.supports_presence() && !option::is_deprecated(&field);
            if behaviors.contains(&FieldBehavior::Required) || !sent && always {
                required.push(field.json_name().to_owned());
            }
            properties.insert(field.json_name().to_owned(), schema.into());
        }
        let description = self.contract.comments.of(&message.parent_file(), message.path());
        let mut schema = json!({"type": "object", "description": description, "properties": properties});
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        schema
    }

    /// The schema of a field with its comment and rules.
    pub(super) fn field(&mut self, field: &FieldDescriptor) -> Map<String, Value> {
        let schema = match field.kind() {
            Kind::Message(entry) if field.is_map() => {
                let value = self.kind(&entry.map_entry_value_field().kind());
                json!({"type": "object", "additionalProperties": value})
            }
            kind if field.is_list() => json!({"type": "array", "items": self.kind(&kind)}),
            kind => self.kind(&kind),
        };
        let mut schema = match schema {
            Value::Object(schema) => schema,
            _ => Map::new(),
        };
        rule::apply(field, &mut schema);
        let comment = self.contract.comments.of(&field.parent_message().parent_file(), field.path());
        if !comment.is_empty() {
            schema.insert("description".to_owned(), comment.into());
        }
        schema
    }

    fn kind(&mut self, kind: &Kind) -> Value {
        match kind {
            Kind::Bool => json!({"type": "boolean"}),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!({"type": "integer", "format": "int32"}),
            Kind::Uint32 | Kind::Fixed32 => json!({"type": "integer", "format": "uint32", "minimum": 0}),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => json!({"type": "string", "format": "int64"}),
            Kind::Uint64 | Kind::Fixed64 => json!({"type": "string", "format": "uint64"}),
            Kind::Float | Kind::Double => json!({"type": "number"}),
            Kind::String => json!({"type": "string"}),
            Kind::Bytes => json!({"type": "string", "contentEncoding": "base64"}),
            Kind::Enum(descriptor) => self.enumeration(descriptor),
            Kind::Message(descriptor) => self.message(descriptor),
        }
    }

    fn enumeration(&mut self, descriptor: &EnumDescriptor) -> Value {
        let name = short(descriptor.full_name());
        let comments = &self.contract.comments;
        let file = descriptor.parent_file();
        self.made.entry(name.clone()).or_insert_with(|| {
            let values: Vec<_> = descriptor.values().collect();
            let meanings = values
                .iter()
                .map(|value| format!("- `{}`: {}", value.name(), comments.of(&file, value.path())));
            let about = comments.of(&file, descriptor.path());
            let description = format!("{about}\n\n{}", meanings.collect::<Vec<_>>().join("\n"));
            let names: Vec<_> = values.iter().map(EnumValueDescriptor::name).collect();
            json!({"type": "string", "description": description, "enum": names})
        });
        json!({"$ref": format!("#/components/schemas/{name}")})
    }
}

/// The name of a schema: that of the type without the project's, so that no two can ever meet.
fn short(full_name: &str) -> String {
    full_name.trim_start_matches("patron.").to_owned()
}

/// Types that proto JSON writes in a form of their own.
fn well_known(message: &MessageDescriptor) -> Option<Value> {
    Some(match message.full_name() {
        "google.protobuf.Timestamp" => json!({"type": "string", "format": "date-time"}),
        "google.protobuf.Duration" => json!({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$"}),
        "google.protobuf.FieldMask" => json!({"type": "string", "examples": ["firstName,email"]}),
        "google.protobuf.Empty" => json!({"type": "object"}),
        "google.protobuf.Any" => json!({
            "type": "object",
            "properties": {"@type": {"type": "string", "description": "Which message it is; its fields stand beside."}},
            "required": ["@type"],
            "additionalProperties": true,
        }),
        "google.protobuf.Struct" => json!({"type": "object", "additionalProperties": true}),
        "google.protobuf.ListValue" => json!({"type": "array"}),
        "google.protobuf.Value" => json!({}),
        "google.protobuf.BoolValue" => json!({"type": "boolean"}),
        "google.protobuf.BytesValue" => json!({"type": "string", "contentEncoding": "base64"}),
        "google.protobuf.Int32Value" | "google.protobuf.UInt32Value" => json!({"type": "integer"}),
        "google.protobuf.StringValue" | "google.protobuf.Int64Value" | "google.protobuf.UInt64Value" => {
            json!({"type": "string"})
        }
        "google.protobuf.FloatValue" | "google.protobuf.DoubleValue" => json!({"type": "number"}),
        _ => return None,
    })
}
