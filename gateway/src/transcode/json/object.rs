//! Objects and arrays: what a [`Seed`] hands on to.

use super::{Reader, Seed, Shape};
use crate::transcode::{query::shortened, scalar::convert_key};
use prost_reflect::{
    DeserializeOptions, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value,
};
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess};
use std::{borrow::Cow, collections::HashMap};

/// Reads the members of a message.
pub(super) fn message<'de, A: MapAccess<'de>>(
    reader: &mut Reader,
    descriptor: &MessageDescriptor,
    mut object: A,
) -> Result<Value, A::Error> {
    let outermost = reader.depth == 1;
    let mut message = DynamicMessage::new(descriptor.clone());
    let mut named: Vec<FieldDescriptor> = Vec::new();
    while let Some(name) = object.next_key::<Cow<'_, str>>()? {
        let field = descriptor.get_field_by_json_name(&name).or_else(|| descriptor.get_field_by_name(&name));
        let Some(field) = field else {
            let mark = reader.path.enter(&shortened(&name));
            object.next_value::<IgnoredAny>()?;
            reader.report("is not a field");
            reader.path.leave(mark);
            continue;
        };
        let mark = reader.path.enter(field.json_name());
        if named.contains(&field) {
            object.next_value::<IgnoredAny>()?;
            reader.report("is given twice");
        } else {
            let value = object.next_value_seed(Seed { reader, shape: Shape::of(&field) })?;
            set(reader, &mut message, &field, value);
            named.push(field);
        }
        reader.path.leave(mark);
    }
    if outermost {
        reader.named = named;
    }
    Ok(Value::Message(message))
}

/// Sets a field unless its value is null, and reports it if another field of the same oneof is set.
fn set(reader: &mut Reader, message: &mut DynamicMessage, field: &FieldDescriptor, value: Option<Value>) {
    let Some(value) = value else { return };
    let mut rivals =
        field.containing_oneof().into_iter().flat_map(|oneof| oneof.fields().collect::<Vec<_>>());
    if rivals.any(|rival| message.has_field(&rival)) {
        reader.report("excludes another field that is given");
    }
    message.set_field(field, value);
}

/// Reads the items of a list.
pub(super) fn list<'de, A: SeqAccess<'de>>(
    reader: &mut Reader,
    kind: &Kind,
    mut array: A,
) -> Result<Value, A::Error> {
    let mut items = Vec::new();
    loop {
        let mark = reader.path.enter_index(items.len());
        let reported = reader.violations.len();
        let item = array.next_element_seed(Seed { reader, shape: Shape::One(kind.clone()) })?;
        if let Some(None) = item
            && reader.violations.len() == reported
        {
            reader.report("must not be null");
        }
        reader.path.leave(mark);
        let Some(item) = item else { return Ok(Value::List(items)) };
        // what was reported keeps its place, so that later items are counted right
        items.push(item.unwrap_or_else(|| kind.default_value()));
    }
}

/// Reads the entries of a map.
pub(super) fn map<'de, A: MapAccess<'de>>(
    reader: &mut Reader,
    key: &Kind,
    value: &Kind,
    mut object: A,
) -> Result<Value, A::Error> {
    let mut entries: HashMap<MapKey, Value> = HashMap::new();
    while let Some(name) = object.next_key::<String>()? {
        let mark = reader.path.enter_key(&name);
        let reported = reader.violations.len();
        let name = convert_key(key, name).map_err(|misfit| reader.report(misfit)).ok();
        let item = object.next_value_seed(Seed { reader, shape: Shape::One(value.clone()) })?;
        if item.is_none() && reader.violations.len() == reported {
            reader.report("must not be null");
        }
        if let (Some(name), Some(item)) = (name, item)
            && entries.insert(name, item).is_some()
        {
            reader.report("is given twice");
        }
        reader.path.leave(mark);
    }
    Ok(Value::Map(entries))
}

/// Reads types of free form, such as `google.protobuf.Struct`, as the library does.
pub(super) fn well_known<'de, D: Deserializer<'de>>(
    reader: &mut Reader,
    descriptor: &MessageDescriptor,
    deserializer: D,
) -> Result<Option<Value>, D::Error> {
    let options = DeserializeOptions::new();
    let read =
        |_: &mut Reader| DynamicMessage::deserialize_with_options(descriptor.clone(), deserializer, &options);
    reader.nested(read).map(|message| Some(Value::Message(message)))
}
