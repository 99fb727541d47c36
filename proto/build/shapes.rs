//! Writes the `Shape` of every message: what is counted of it before it is decoded.

use super::{Rules, rust_path};
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};
use std::{collections::HashSet, fmt::Write as _};

/// Names of the messages that requests are made of.
pub(super) fn of_requests<'a>(messages: impl Iterator<Item = &'a MessageDescriptor>) -> HashSet<String> {
    let mut names = HashSet::new();
    let mut left: Vec<_> = messages.filter(|message| message.name().ends_with("Request")).cloned().collect();
    while let Some(message) = left.pop() {
        if names.insert(message.full_name().to_owned()) {
            left.extend(message.fields().filter_map(|field| field.kind().as_message().cloned()));
        }
    }
    names
}

/// Writes the shape of a message, if it is in a request, and gives the expression that refers to it.
pub(super) fn write(code: &mut String, message: &MessageDescriptor, requests: &HashSet<String>) -> String {
    if !requests.contains(message.full_name()) {
        return "Shape::EMPTY".to_owned();
    }
    let fields: Vec<_> = message.fields().filter_map(|field| field_shape(&field)).collect();
    if fields.is_empty() {
        return "Shape::EMPTY".to_owned();
    }
    let name = name(message);
    let _ = writeln!(code, "static {name}: Shape = Shape {{ fields: &[{}] }};", fields.join(", "));
    format!("&{name}")
}

/// `None` where there is nothing to count in the field.
fn field_shape(field: &FieldDescriptor) -> Option<String> {
    let repeated = field.is_list() || field.is_map();
    let inner = match field.kind() {
        Kind::Message(inner) if holds_items(&inner, &mut HashSet::new()) => {
            format!("Some({})", reference(&inner))
        }
        _ => "None".to_owned(),
    };
    let (most, size) = match field.kind() {
        _ if !repeated && inner == "None" => return None,
        _ if !repeated => ("None".to_owned(), "0".to_owned()),
        kind => {
            let declared =
                Rules::of(field).max_items.map_or("usize::MAX".to_owned(), |most| most.to_string());
            let size = match kind {
                Kind::Message(item) if item.full_name().starts_with("patron.") && !item.is_map_entry() => {
                    format!(
                        "size_of::<{}>()",
                        rust_path(item.name(), item.parent_message(), &item.parent_file())
                    )
                }
                // Entries of maps, and messages of others: as large as a few texts.
                Kind::Message(_) => "128".to_owned(),
                Kind::String | Kind::Bytes => "size_of::<String>()".to_owned(),
                _ => "8".to_owned(),
            };
            (format!("Some({declared})"), size)
        }
    };
    Some(format!(
        "Field {{ number: {}, name: {:?}, most: {most}, size: {size}, shape: {inner} }}",
        field.number(),
        field.name()
    ))
}

/// Whether a message, or one in it, has a repeated field.
fn holds_items(message: &MessageDescriptor, seen: &mut HashSet<String>) -> bool {
    seen.insert(message.full_name().to_owned())
        && message.fields().any(|field| {
            let inner = field.kind();
            field.is_list()
                || field.is_map()
                || inner.as_message().is_some_and(|inner| holds_items(inner, seen))
        })
}

fn reference(message: &MessageDescriptor) -> String {
    match message.full_name() {
        "google.protobuf.FieldMask" => "Shape::FIELD_MASK".to_owned(),
        "google.protobuf.Value" => "Shape::VALUE".to_owned(),
        ours if ours.starts_with("patron.") => format!("&{}", name(message)),
        other => panic!("{other}: nothing is known of the items that it holds"),
    }
}

fn name(message: &MessageDescriptor) -> String {
    format!("SHAPE_{}", message.full_name().replace('.', "_").to_uppercase())
}

/// Rust source of a table for tests: every request with how it is decoded.
pub(crate) fn requests(pool: &DescriptorPool) -> String {
    let mut code = String::from("const REQUESTS: &[(&str, Decode)] = &[");
    for message in pool.all_messages().filter(|message| message.name().ends_with("Request")) {
        if message.full_name().starts_with("patron.") {
            let path = rust_path(message.name(), message.parent_message(), &message.parent_file());
            let path = path.replace("crate::generated::patron", "patron_proto");
            let _ = writeln!(code, "({:?}, decode::<{path}>),", message.full_name());
        }
    }
    code + "];"
}
