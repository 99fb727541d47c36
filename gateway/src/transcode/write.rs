//! Writes an encoded message as JSON, straight from the wire format.
//!
//! A reply is already bytes when it comes; building a message of them only to take it apart again cost more than all else the
//! gateway does for a small read. Members stand in the order of field numbers.
//!
//! A field without presence is always written: `""`, `0`, `false`, `[]` and the zero value of an enum tell a client the
//! same as their absence would, without a rule to know about it. A message or `optional` field that is not there is left out,
//! because there its absence is what is being said; so is one that is deprecated.

use super::{
    schema::{Field, Message, MessageId, Schema, Shape, Type},
    wire::{Malformed, Raw, content, each, raw},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use prost::encoding::WireType;
use prost_reflect::DynamicMessage;

/// Appends the message that `bytes` encode.
pub(super) fn write(
    schema: &Schema,
    id: MessageId,
    bytes: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    Writer { schema, out, values: Vec::with_capacity(64) }.message(id, bytes)
}

struct Writer<'w, 'b> {
    schema: &'w Schema,
    out: &'w mut Vec<u8>,
    /// Values of the messages being written, those of the innermost last, each with the index of its field.
    values: Vec<(usize, Raw<'b>)>,
}

impl<'b> Writer<'_, 'b> {
    fn message(&mut self, id: MessageId, bytes: &'b [u8]) -> Result<(), Malformed> {
        match self.schema.get(id) {
            Message::Fields(fields) => self.fields(fields, bytes),
            Message::Timestamp => {
                let time: prost_types::Timestamp = prost::Message::decode(bytes)?;
                json(self.out, &format_args!("{time}"))
            }
            Message::WellKnown(descriptor) => {
                let message = DynamicMessage::decode(descriptor.clone(), bytes)?;
                json(self.out, &message)
            }
        }
    }

    fn fields(&mut self, fields: &[Field], bytes: &'b [u8]) -> Result<(), Malformed> {
        let start = self.values.len();
        let values = &mut self.values;
        each(bytes, |number, value| {
            // fields of a later version of the contract are passed over
            if let Ok(index) = fields.binary_search_by_key(&number, |field| field.number) {
                values.push((index, value));
            }
        })?;
        if !self.values[start..].is_sorted_by_key(|(index, _)| *index) {
            self.values[start..].sort_by_key(|(index, _)| *index);
        }
        let mut next = start;
        let mut separator = b'{';
        for (index, field) in fields.iter().enumerate() {
            let first = next;
            while self.values.get(next).is_some_and(|(found, _)| *found == index) {
                next += 1;
            }
            if first == next && !field.always {
                continue;
            }
            self.out.push(separator);
            separator = b',';
            self.out.extend_from_slice(field.key.as_bytes());
            self.field(&field.shape, first, next)?;
        }
        if separator == b'{' {
            self.out.push(b'{');
        }
        self.out.push(b'}');
        self.values.truncate(start);
        Ok(())
    }

    /// Writes the values `first..next`, which are those of one field.
    fn field(&mut self, shape: &Shape, first: usize, next: usize) -> Result<(), Malformed> {
        match shape {
            Shape::One(Type::Message(id)) if next - first > 1 => {
                // a message in several pieces is their concatenation (protobuf.dev, "Encoding", "Last One Wins")
                let pieces = self.values[first..next].iter().map(|(_, value)| content(*value));
                let whole = pieces.collect::<Result<Vec<_>, _>>()?.concat();
                write(self.schema, *id, &whole, self.out)
            }
            Shape::One(kind) => {
                let last = self.values[first..next].last().map(|(_, value)| *value);
                self.value(kind, last.unwrap_or(zero(kind)))
            }
            Shape::List(kind) => {
                self.out.push(b'[');
                let mut empty = true;
                for index in first..next {
                    match (kind.wire_type(), self.values[index].1) {
                        (wire, Raw::Bytes(mut packed)) if wire != WireType::LengthDelimited => {
                            while !packed.is_empty() {
                                let value = raw(wire, &mut packed)?;
                                self.separate(&mut empty);
                                self.value(kind, value)?;
                            }
                        }
                        (_, value) => {
                            self.separate(&mut empty);
                            self.value(kind, value)?;
                        }
                    }
                }
                self.out.push(b']');
                Ok(())
            }
            Shape::Map { key, value } => {
                self.out.push(b'{');
                let mut empty = true;
                for index in first..next {
                    let entry = content(self.values[index].1)?;
                    self.separate(&mut empty);
                    self.entry(key, value, entry)?;
                }
                self.out.push(b'}');
                Ok(())
            }
        }
    }

    fn separate(&mut self, empty: &mut bool) {
        if !std::mem::take(empty) {
            self.out.push(b',');
        }
    }

    fn entry(&mut self, key: &Type, value: &Type, entry: &'b [u8]) -> Result<(), Malformed> {
        let (mut name, mut item) = (None, None);
        each(entry, |number, found| match number {
            1 => name = Some(found),
            2 => item = Some(found),
            _ => {}
        })?;
        // names of members are strings, whatever the keys are
        let quote = matches!(
            key,
            Type::Bool | Type::Int32 | Type::Uint32 | Type::Sint32 | Type::Fixed32 | Type::Sfixed32
        );
        self.out.extend(quote.then_some(b'"'));
        self.value(key, name.unwrap_or(zero(key)))?;
        self.out.extend(quote.then_some(b'"'));
        self.out.push(b':');
        self.value(value, item.unwrap_or(zero(value)))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "32-bit values travel as the low bits of 64"
    )]
    fn value(&mut self, kind: &Type, value: Raw<'b>) -> Result<(), Malformed> {
        let out = &mut *self.out;
        match (kind, value) {
            (Type::Bool, Raw::Varint(bits)) => json(out, &(bits != 0)),
            (Type::Int32, Raw::Varint(bits)) => json(out, &(bits as i32)),
            (Type::Uint32, Raw::Varint(bits)) => json(out, &(bits as u32)),
            (Type::Sint32, Raw::Varint(bits)) => json(out, &(zigzag(bits) as i32)),
            (Type::Fixed32, Raw::Fixed32(bits)) => json(out, &bits),
            (Type::Sfixed32, Raw::Fixed32(bits)) => json(out, &(bits as i32)),
            // JSON numbers are doubles to most readers, which hold 53 bits: 64-bit integers are strings
            (Type::Int64, Raw::Varint(bits)) | (Type::Sfixed64, Raw::Fixed64(bits)) => {
                json(out, &format_args!("{}", bits as i64))
            }
            (Type::Uint64, Raw::Varint(bits)) | (Type::Fixed64, Raw::Fixed64(bits)) => {
                json(out, &format_args!("{bits}"))
            }
            (Type::Sint64, Raw::Varint(bits)) => json(out, &format_args!("{}", zigzag(bits))),
            (Type::Float, Raw::Fixed32(bits)) => match f32::from_bits(bits) {
                finite if finite.is_finite() => json(out, &finite),
                other => json(out, not_finite(other.into())),
            },
            (Type::Double, Raw::Fixed64(bits)) => match f64::from_bits(bits) {
                finite if finite.is_finite() => json(out, &finite),
                other => json(out, not_finite(other)),
            },
            (Type::String, Raw::Bytes(text)) => json(out, std::str::from_utf8(text)?),
            (Type::Bytes, Raw::Bytes(bytes)) => json(out, &STANDARD.encode(bytes)),
            (Type::Enum(names), Raw::Varint(bits)) => {
                match names.binary_search_by_key(&(bits as i32), |(number, _)| *number) {
                    Ok(index) => json(out, &*names[index].1),
                    // a value of a later version of the contract
                    Err(_) => json(out, &(bits as i32)),
                }
            }
            (Type::Message(id), Raw::Bytes(bytes)) => self.message(*id, bytes),
            _ => Err(Malformed::Type),
        }
    }
}

/// What a missing value stands for.
fn zero(kind: &Type) -> Raw<'static> {
    match kind.wire_type() {
        WireType::SixtyFourBit => Raw::Fixed64(0),
        WireType::ThirtyTwoBit => Raw::Fixed32(0),
        WireType::LengthDelimited => Raw::Bytes(&[]),
        WireType::Varint | WireType::StartGroup | WireType::EndGroup => Raw::Varint(0),
    }
}

fn json<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> Result<(), Malformed> {
    Ok(serde_json::to_writer(out, value)?)
}

#[expect(clippy::cast_possible_wrap, reason = "the encoding of signed integers")]
fn zigzag(bits: u64) -> i64 {
    (bits >> 1) as i64 ^ -((bits & 1) as i64)
}

fn not_finite(value: f64) -> &'static str {
    match value {
        value if value.is_nan() => "NaN",
        value if value > 0.0 => "Infinity",
        _ => "-Infinity",
    }
}
