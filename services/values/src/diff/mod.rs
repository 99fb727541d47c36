//! Old and new value of each field that differs between two states of a resource, which is what history keeps of a change; and
//! the [states](State) rebuilt from it.

mod state;
#[cfg(test)]
mod tests;
mod value;

pub use self::{
    state::{Mismatch, State},
    value::{to_json, to_proto},
};

use patron_proto::{behavior::behaviors, event::v1::FieldChange, google::api::FieldBehavior};
use prost::{Message, Name};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage as _, Value};
use serde_json::{Map, Value as Json};
use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use crate::{descriptor, path::Path};

/// What differs between `old` and `new`. `None` stands for a resource that does not exist: before its creation, or after
/// its deletion.
///
/// Left out are the name, the etag, secrets (INPUT_ONLY), and fields that only the service writes (OUTPUT_ONLY) unless they are
/// marked `patron.event.v1.in_history`. A message that is absent on one side is one change; else each of its fields is.
pub fn diff<T: Message + Name>(old: Option<&T>, new: Option<&T>) -> Vec<FieldChange> {
    between(&descriptor::of::<T>(), old.map(descriptor::dynamic), new.map(descriptor::dynamic))
}

fn between(
    message: &MessageDescriptor,
    old: Option<DynamicMessage>,
    new: Option<DynamicMessage>,
) -> Vec<FieldChange> {
    let (exists_before, exists_after) = (old.is_some(), new.is_some());
    let fields = |state: Option<DynamicMessage>| state.map(kept).unwrap_or_default();
    let (old, new) = (fields(old), fields(new));
    let mut changes = Vec::new();
    compare(message, &Path::default(), (&old, &new), &mut changes);
    for change in &mut changes {
        change.old = change.old.take().filter(|_| exists_before);
        change.new = change.new.take().filter(|_| exists_after);
    }
    changes
}

/// What history keeps of a state, as proto-JSON without empty fields.
fn kept(mut state: DynamicMessage) -> Map<String, Json> {
    strip(&mut state);
    value::object(&state)
}

/// Takes away what history does not keep, in parts too.
fn strip(message: &mut DynamicMessage) {
    let name = message.descriptor();
    for field in NOT_KEPT.get(name.full_name()).into_iter().flatten() {
        message.clear_field(field);
    }
    for (_, value) in message.fields_mut() {
        match value {
            Value::Message(part) => strip(part),
            Value::List(items) => items.iter_mut().filter_map(Value::as_message_mut).for_each(strip),
            Value::Map(entries) => entries.values_mut().filter_map(Value::as_message_mut).for_each(strip),
            _ => {}
        }
    }
}

fn compare(
    message: &MessageDescriptor,
    path: &Path,
    (old, new): (&Map<String, Json>, &Map<String, Json>),
    changes: &mut Vec<FieldChange>,
) {
    for field in message.fields() {
        let (was, is) = (old.get(field.json_name()), new.get(field.json_name()));
        if was == is {
            continue;
        }
        let path = path.field(&field);
        match (was.and_then(Json::as_object), is.and_then(Json::as_object)) {
            (Some(was), Some(is)) if let Some(part) = part(&field) => {
                compare(&part, &path, (was, is), changes);
            }
            (was, is) if field.is_map() => {
                let keys: BTreeSet<&String> = was.into_iter().chain(is).flat_map(Map::keys).collect();
                for key in keys {
                    let (was, is) = (was.and_then(|it| it.get(key)), is.and_then(|it| it.get(key)));
                    if was != is {
                        changes.push(change(&path.key(key), was.cloned(), is.cloned()));
                    }
                }
            }
            _ => {
                let or_empty = |value: Option<&Json>| value.cloned().or_else(|| value::empty(&field));
                changes.push(change(&path, or_empty(was), or_empty(is)));
            }
        }
    }
}

/// The message that a field holds, if its fields are compared one by one: those of other packages, such as dates, are whole.
fn part(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    match field.kind() {
        Kind::Message(part) if !field.is_list() && !field.is_map() => {
            part.package_name().starts_with("patron.").then_some(part)
        }
        _ => None,
    }
}

fn change(path: &Path, old: Option<Json>, new: Option<Json>) -> FieldChange {
    FieldChange {
        field: path.to_string(),
        old: old.map(to_proto),
        new: new.map(to_proto),
        ..FieldChange::default()
    }
}

/// The fields of each message that history does not keep. To find that out anew takes longer than to compare.
static NOT_KEPT: LazyLock<HashMap<String, Vec<FieldDescriptor>>> = LazyLock::new(|| {
    let fields = |message: MessageDescriptor| message.fields().filter(is_left_out).collect();
    let messages = patron_proto::pool().all_messages();
    messages.map(|message| (message.full_name().to_owned(), fields(message))).collect()
});

fn is_left_out(field: &FieldDescriptor) -> bool {
    let mark = field.parent_pool().get_extension_by_name("patron.event.v1.in_history");
    let marked = mark.and_then(|mark| field.options().get_extension(&mark).as_bool()).unwrap_or_default();
    // nobody changes it, or it is a secret
    let is_not_kept = |behavior: &FieldBehavior| match behavior {
        FieldBehavior::InputOnly | FieldBehavior::Identifier => true,
        FieldBehavior::OutputOnly => !marked,
        _ => false,
    };
    field.name() == "etag" || behaviors(field).iter().any(is_not_kept)
}
