use super::{kept, part, value};
use crate::{descriptor, path::Path};
use patron_proto::event::v1::FieldChange;
use prost::{Message, Name};
use prost_reflect::{DynamicMessage, FieldDescriptor, MessageDescriptor};
use serde_json::{Map, Value as Json};

/// What history keeps of a resource, as it stood between two of its changes. A resource that does not exist has empty fields.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    message: MessageDescriptor,
    fields: Map<String, Json>,
}

/// A change that does not follow on a state: its old value is not what the field holds, or there is no such field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the change of {field} does not follow on what was there")]
pub struct Mismatch {
    /// Path of the field.
    pub field: String,
}

impl State {
    /// Of a resource that exists.
    pub fn of<T: Message + Name>(resource: &T) -> Self {
        Self { message: descriptor::of::<T>(), fields: kept(descriptor::dynamic(resource)) }
    }

    /// Of a resource that does not exist, by its name. `None` where there are no resources of such names.
    pub fn before(name: &str) -> Option<Self> {
        descriptor::of_resource(name).map(Self::empty)
    }

    pub(super) fn empty(message: MessageDescriptor) -> Self {
        Self { message, fields: Map::new() }
    }

    /// Goes on to the state after `changes`, all of one event. Where one of them does not follow on this state, it stays as it is.
    pub fn apply(&mut self, changes: &[FieldChange]) -> Result<(), Mismatch> {
        self.step(changes, |change| (&change.old, &change.new))
    }

    /// Goes back to the state before `changes`, all of one event.
    pub fn revert(&mut self, changes: &[FieldChange]) -> Result<(), Mismatch> {
        self.step(changes, |change| (&change.new, &change.old))
    }

    /// The resource, with the fields that history keeps. `None` where it is of another type.
    pub fn read<T: Message + Name + Default>(&self) -> Option<T> {
        self.to_message().filter(|_| T::full_name() == self.message.full_name())?.transcode_to().ok()
    }

    pub(super) fn to_message(&self) -> Option<DynamicMessage> {
        DynamicMessage::deserialize(self.message.clone(), Json::Object(self.fields.clone())).ok()
    }

    fn step(
        &mut self,
        changes: &[FieldChange],
        values: fn(&FieldChange) -> (&Option<prost_types::Value>, &Option<prost_types::Value>),
    ) -> Result<(), Mismatch> {
        let mut fields = self.fields.clone();
        for change in changes {
            let (from, to) = values(change);
            let (from, to) = (from.as_ref().map(value::to_json), to.as_ref().map(value::to_json));
            let follows = replace(&self.message, &mut fields, &Path::parse(&change.field), from, to);
            follows.ok_or_else(|| Mismatch { field: change.field.clone() })?;
        }
        self.fields = fields;
        Ok(())
    }
}

/// Puts `to` in the place of `from`. `None` where something else stands there.
fn replace(
    message: &MessageDescriptor,
    fields: &mut Map<String, Json>,
    path: &Path,
    from: Option<Json>,
    to: Option<Json>,
) -> Option<()> {
    let (mut message, mut fields, mut parts) = (message.clone(), fields, path.parts().peekable());
    let field = loop {
        let field = message.get_field_by_name(parts.next()?)?;
        if parts.peek().is_none() || field.is_map() {
            break field;
        }
        message = part(&field)?;
        fields = fields.get_mut(field.json_name())?.as_object_mut()?;
    };
    let Some(key) = parts.next() else {
        let (from, to) = (unless_empty(from, &field), unless_empty(to, &field));
        return exchange(fields, field.json_name(), from.as_ref(), to);
    };
    // An entry of a map, which is absent while it has none.
    let map = fields.entry(field.json_name()).or_insert_with(|| Map::new().into());
    let entries = map.as_object_mut().filter(|_| parts.next().is_none())?;
    exchange(entries, key, from.as_ref(), to)?;
    if entries.is_empty() {
        fields.shift_remove(field.json_name());
    }
    Some(())
}

fn unless_empty(value: Option<Json>, field: &FieldDescriptor) -> Option<Json> {
    value.filter(|value| Some(value) != value::empty(field).as_ref())
}

fn exchange(fields: &mut Map<String, Json>, key: &str, from: Option<&Json>, to: Option<Json>) -> Option<()> {
    if fields.get(key) != from {
        return None;
    }
    match to {
        Some(to) => drop(fields.insert(key.to_owned(), to)),
        None => drop(fields.shift_remove(key)),
    }
    Some(())
}
