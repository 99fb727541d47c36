//! What is needed to write messages as JSON, taken out of the descriptors once: numbers, ready-made names, types.

use super::scalar::is_well_known;
use crate::option;
use prost::encoding::WireType;
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use std::collections::HashMap;

/// All messages that some message can hold.
#[derive(Debug, Default)]
pub(super) struct Schema {
    messages: Vec<Message>,
    known: HashMap<String, MessageId>,
}

/// A message of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MessageId(usize);

/// How one message is written.
#[derive(Debug)]
pub(super) enum Message {
    /// As an object of its fields, which stand in the order of their numbers.
    Fields(Vec<Field>),
    /// As RFC 3339 text.
    Timestamp,
    /// In a form of its own that the reflection library knows.
    WellKnown(MessageDescriptor),
}

/// How one field is written.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) number: u32,
    /// The JSON name, quoted and with its colon.
    pub(super) key: Box<str>,
    /// Whether it is written where absent, too: absent then means empty, and clients need no rule to know that.
    pub(super) always: bool,
    pub(super) shape: Shape,
}

#[derive(Debug)]
pub(super) enum Shape {
    One(Type),
    List(Type),
    Map { key: Type, value: Type },
}

#[derive(Debug)]
pub(super) enum Type {
    Bool,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Float,
    Double,
    String,
    Bytes,
    /// Names by number, in the order of the numbers.
    Enum(Vec<(i32, Box<str>)>),
    Message(MessageId),
}

impl Type {
    /// What its values look like on the wire where they are not packed together.
    pub(super) fn wire_type(&self) -> WireType {
        match self {
            Self::Double | Self::Fixed64 | Self::Sfixed64 => WireType::SixtyFourBit,
            Self::Float | Self::Fixed32 | Self::Sfixed32 => WireType::ThirtyTwoBit,
            Self::String | Self::Bytes | Self::Message(_) => WireType::LengthDelimited,
            Self::Bool
            | Self::Int32
            | Self::Int64
            | Self::Uint32
            | Self::Uint64
            | Self::Sint32
            | Self::Sint64
            | Self::Enum(_) => WireType::Varint,
        }
    }
}

impl Schema {
    /// Takes in a message and all it can hold.
    pub(super) fn add(&mut self, descriptor: &MessageDescriptor) -> MessageId {
        if let Some(&id) = self.known.get(descriptor.full_name()) {
            return id;
        }
        let id = MessageId(self.messages.len());
        self.known.insert(descriptor.full_name().to_owned(), id);
        // stands in until the fields are known, for messages that hold themselves
        self.messages.push(Message::Timestamp);
        self.messages[id.0] = match (is_well_known(descriptor), descriptor.name()) {
            (true, "Timestamp") => Message::Timestamp,
            (true, _) => Message::WellKnown(descriptor.clone()),
            (false, _) => {
                let mut fields: Vec<_> = descriptor.fields().map(|field| self.field(&field)).collect();
                fields.sort_by_key(|field| field.number);
                Message::Fields(fields)
            }
        };
        id
    }

    /// How a message is written.
    pub(super) fn get(&self, id: MessageId) -> &Message {
        &self.messages[id.0]
    }

    fn field(&mut self, field: &FieldDescriptor) -> Field {
        let shape = match field.kind() {
            Kind::Message(entry) if field.is_map() => Shape::Map {
                key: self.kind(&entry.map_entry_key_field().kind()),
                value: self.kind(&entry.map_entry_value_field().kind()),
            },
            kind if field.is_list() => Shape::List(self.kind(&kind)),
            kind => Shape::One(self.kind(&kind)),
        };
        let key = format!("\"{}\":", field.json_name()).into();
        let always = !field.supports_presence() && !option::is_deprecated(field);
        Field { number: field.number(), key, always, shape }
    }

    fn kind(&mut self, kind: &Kind) -> Type {
        match kind {
            Kind::Bool => Type::Bool,
            Kind::Int32 => Type::Int32,
            Kind::Int64 => Type::Int64,
            Kind::Uint32 => Type::Uint32,
            Kind::Uint64 => Type::Uint64,
            Kind::Sint32 => Type::Sint32,
            Kind::Sint64 => Type::Sint64,
            Kind::Fixed32 => Type::Fixed32,
            Kind::Fixed64 => Type::Fixed64,
            Kind::Sfixed32 => Type::Sfixed32,
            Kind::Sfixed64 => Type::Sfixed64,
            Kind::Float => Type::Float,
            Kind::Double => Type::Double,
            Kind::String => Type::String,
            Kind::Bytes => Type::Bytes,
            Kind::Enum(descriptor) => Type::Enum(names(descriptor)),
            Kind::Message(descriptor) => Type::Message(self.add(descriptor)),
        }
    }
}

fn names(descriptor: &EnumDescriptor) -> Vec<(i32, Box<str>)> {
    let mut names: Vec<_> = descriptor.values().map(|value| (value.number(), value.name().into())).collect();
    names.sort_by_key(|(number, _)| *number);
    // aliases are read, and the first name is written
    names.dedup_by_key(|(number, _)| *number);
    names
}
