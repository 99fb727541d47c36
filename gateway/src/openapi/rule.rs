//! Rules of form (`buf.validate`) as keywords of JSON Schema.

use crate::option;
use prost_reflect::{DynamicMessage, FieldDescriptor, Value};
use serde_json::{Map, json};

/// Adds the rules of a field to its schema.
pub(super) fn apply(field: &FieldDescriptor, schema: &mut Map<String, serde_json::Value>) {
    if let Some(rules) = option::rules(field) {
        add(&rules, schema);
    }
}

/// The pattern that a text must match, as the proto has it.
pub(super) fn pattern(field: &FieldDescriptor) -> Option<String> {
    text(&part(&option::rules(field)?, "string")?, "pattern")
}

fn add(rules: &DynamicMessage, schema: &mut Map<String, serde_json::Value>) {
    let required = flag(rules, "required");
    if let Some(rules) = part(rules, "string") {
        let mut add = |keyword: &str, value: Option<serde_json::Value>| {
            value.map(|value| schema.insert(keyword.to_owned(), value));
        };
        add("minLength", number(&rules, "min_len").filter(|_| required));
        add("maxLength", number(&rules, "max_len"));
        add("format", flag(&rules, "uuid").then(|| json!("uuid")));
        // rules of a field that need not be there do not hold for its being empty
        let pattern =
            text(&rules, "pattern").map(|pattern| if required { pattern } else { format!("^$|{pattern}") });
        add("pattern", pattern.map(Into::into));
    }
    for kind in ["int32", "int64"] {
        if let Some(rules) = part(rules, kind) {
            number(&rules, "gte").map(|least| schema.insert("minimum".to_owned(), least));
            number(&rules, "lte").map(|most| schema.insert("maximum".to_owned(), most));
        }
    }
    if let Some(rules) = part(rules, "repeated") {
        number(&rules, "min_items").map(|least| schema.insert("minItems".to_owned(), least));
        number(&rules, "max_items").map(|most| schema.insert("maxItems".to_owned(), most));
        if flag(&rules, "unique") {
            schema.insert("uniqueItems".to_owned(), true.into());
        }
        if let (Some(of_items), Some(items)) =
            (part(&rules, "items"), schema.get_mut("items").and_then(|it| it.as_object_mut()))
        {
            add(&of_items, items);
        }
    }
}

fn set(message: &DynamicMessage, name: &str) -> Option<Value> {
    message
        .has_field_by_name(name)
        .then(|| message.get_field_by_name(name).map(std::borrow::Cow::into_owned))?
}

fn part(message: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
    set(message, name)?.as_message().cloned()
}

fn text(message: &DynamicMessage, name: &str) -> Option<String> {
    set(message, name)?.as_str().map(str::to_owned)
}

fn flag(message: &DynamicMessage, name: &str) -> bool {
    set(message, name).and_then(|value| value.as_bool()).unwrap_or_default()
}

fn number(message: &DynamicMessage, name: &str) -> Option<serde_json::Value> {
    Some(match set(message, name)? {
        Value::U64(number) => number.into(),
        Value::I64(number) => number.into(),
        Value::I32(number) => number.into(),
        _ => return None,
    })
}
