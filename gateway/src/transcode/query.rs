//! Sets fields of a request from the query of its URL.
//!
//! A parameter names a field (`pageSize`, `page_size`) or a field within one (`customer.email`). Lists are given by repeating
//! the parameter; anything else may be given once.

use super::{
    field_path::FieldPath,
    scalar::{Misfit, convert_text},
};
use crate::percent;
use patron_values::violation::Violation;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage as _, Value};
use std::borrow::Cow;

/// Applies the parameters of `query` to `message`. `bound` says which fields come from elsewhere and why that forbids them here.
pub(super) fn apply(
    message: &mut DynamicMessage,
    query: &str,
    bound: impl Fn(&FieldPath) -> Option<&'static str>,
    violations: &mut Vec<Violation>,
) {
    let mut seen: Vec<FieldPath> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let Some(name) = decode(name) else {
            violations.push(Violation::new("", "the query is not percent-encoded UTF-8 text"));
            continue;
        };
        if let Err((field, misfit)) = parameter(message, &name, value, &bound, &mut seen) {
            violations.push(Violation::new(field, misfit));
        }
    }
}

fn parameter(
    message: &mut DynamicMessage,
    name: &str,
    value: &str,
    bound: &impl Fn(&FieldPath) -> Option<&'static str>,
    seen: &mut Vec<FieldPath>,
) -> Result<(), (String, Misfit)> {
    let path = FieldPath::resolve(&message.descriptor(), name)
        .map_err(|_| (shortened(name), "is not a parameter".into()))?;
    let place = path.json();
    if let Some(reason) = bound(&path) {
        return Err((place, reason.into()));
    }
    let field = path.last();
    let value =
        decode(value).ok_or("is not percent-encoded UTF-8 text".into()).and_then(|text| single(field, text));
    let value = value.map_err(|misfit| (place.clone(), misfit))?;
    if field.is_list() {
        match path.parent(message).get_field_mut(field) {
            Value::List(items) => items.push(value),
            _ => unreachable!("a list field holds a list"),
        }
        return Ok(());
    }
    if seen.contains(&path) {
        return Err((place, "is given twice".into()));
    }
    path.parent(message).set_field(field, value);
    seen.push(path);
    Ok(())
}

fn single(field: &FieldDescriptor, text: String) -> Result<Value, Misfit> {
    if field.is_map() {
        return Err("cannot be given in a URL".into());
    }
    convert_text(&field.kind(), text).map_err(|misfit| match field.kind() {
        Kind::Message(message) if !super::scalar::is_well_known(&message) => {
            "must be given field by field".into()
        }
        _ => misfit,
    })
}

/// Decodes a name or value as HTML forms encode them: `+` is a space.
fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent::decode(&spaced).map(Cow::into_owned)
}

/// The beginning of a name that came from outside, for reports.
pub(super) fn shortened(name: &str) -> String {
    name.chars().take(64).collect()
}
