//! Counts the items of a request on the wire, before anything of it is decoded: an empty message takes two bytes there and
//! hundreds in memory, so that 1 MiB of them would become half a gigabyte.

use crate::validate::Check;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use std::mem::size_of;

/// Bytes that all items of one request may take once they are decoded, without their texts, which are as long as on the wire.
/// Several times what the largest batch of the contract needs.
const BYTES: usize = 8 * 1024 * 1024;
/// Fields with items that one message may have.
const FIELDS: usize = 32;
/// Messages within messages: what prost decodes. Deeper ones are left to it, which refuses them.
const DEPTH: usize = 100;
/// Bytes of an entry of a map, or of a JSON value: as large as a few texts.
const ENTRY_BYTES: usize = 128;

/// What there is to count in a message: its repeated fields, and the messages that have any.
#[derive(Debug)]
pub struct Shape {
    pub(crate) fields: &'static [Field],
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) number: u32,
    pub(crate) name: &'static str,
    /// Most items, as far as declared: `usize::MAX` where their bytes alone are limited. `None` where the field is not
    /// repeated.
    pub(crate) most: Option<usize>,
    /// Bytes of an item in memory, without its texts.
    pub(crate) size: usize,
    /// Of each message that the field holds.
    pub(crate) shape: Option<&'static Shape>,
}

impl Shape {
    /// Of a message without items.
    pub const EMPTY: &'static Self = &Self { fields: &[] };

    /// A `google.protobuf.FieldMask`.
    pub(crate) const FIELD_MASK: &'static Self = &Self {
        fields: &[Field {
            number: 1,
            name: "paths",
            most: Some(usize::MAX),
            size: size_of::<String>(),
            shape: None,
        }],
    };

    /// A `google.protobuf.Value`: any JSON.
    pub(crate) const VALUE: &'static Self = &VALUE;
}

static VALUE: Shape =
    Shape { fields: &[Field::one(5, "struct_value", &STRUCT), Field::one(6, "list_value", &LIST)] };
static STRUCT: Shape = Shape { fields: &[Field::many(1, "fields", &ENTRY)] };
static ENTRY: Shape = Shape { fields: &[Field::one(2, "value", &VALUE)] };
static LIST: Shape = Shape { fields: &[Field::many(1, "values", &VALUE)] };

/// Counts the items of a message on the wire, and reports the first field that has too many. What is no message is left to the
/// decoder, which says so.
pub(crate) fn count(wire: &[u8], shape: &'static Shape, check: &mut Check) {
    let _ = Count { left: BYTES, depth: 0, check }.message(wire, shape);
}

struct Count<'a> {
    left: usize,
    depth: usize,
    check: &'a mut Check,
}

/// There is nothing more to count: it is too much, or not a message.
struct Stop;

impl Count<'_> {
    fn message(&mut self, mut wire: &[u8], shape: &'static Shape) -> Result<(), Stop> {
        let mut counts = [0_usize; FIELDS];
        while !wire.is_empty() {
            let (number, kind) = decode_key(&mut wire).map_err(|_| Stop)?;
            let found = shape.fields.iter().zip(&mut counts).find(|(field, _)| field.number == number);
            let Some((field, count)) = found else {
                skip_field(kind, number, &mut wire, DecodeContext::default()).map_err(|_| Stop)?;
                continue;
            };
            let index = *count;
            if kind == WireType::LengthDelimited {
                let length = decode_varint(&mut wire).ok().and_then(|length| usize::try_from(length).ok());
                let (inner, rest) = length.and_then(|length| wire.split_at_checked(length)).ok_or(Stop)?;
                wire = rest;
                *count += if field.packs() { packed(inner) } else { 1 };
                self.admit(field, *count, *count - index)?;
                if let Some(shape) = field.shape {
                    self.within(field, index, inner, shape)?;
                }
            } else {
                skip_field(kind, number, &mut wire, DecodeContext::default()).map_err(|_| Stop)?;
                *count += 1;
                self.admit(field, *count, 1)?;
            }
        }
        Ok(())
    }

    /// Counts `new` items of a field that has `count` with them.
    fn admit(&mut self, field: &Field, count: usize, new: usize) -> Result<(), Stop> {
        let Some(most) = field.most else { return Ok(()) };
        if count > most {
            self.check.violation(field.name, format!("has more than {most} items"));
            return Err(Stop);
        }
        let Some(left) = self.left.checked_sub(new * field.size) else {
            self.check.violation(field.name, "has too many items, with those of other fields");
            return Err(Stop);
        };
        self.left = left;
        Ok(())
    }

    fn within(
        &mut self,
        field: &Field,
        index: usize,
        wire: &[u8],
        shape: &'static Shape,
    ) -> Result<(), Stop> {
        let (left, depth) = (&mut self.left, self.depth + 1);
        if depth > DEPTH {
            return Err(Stop);
        }
        let count = |check: &mut Check| {
            let mut inner = Count { left: *left, depth, check };
            let counted = inner.message(wire, shape);
            *left = inner.left;
            counted
        };
        if field.most.is_some() {
            self.check.at_index(field.name, index, count)
        } else {
            self.check.within(field.name, count)
        }
    }
}

impl Field {
    const fn one(number: u32, name: &'static str, shape: &'static Shape) -> Self {
        Self { number, name, most: None, size: 0, shape: Some(shape) }
    }

    const fn many(number: u32, name: &'static str, shape: &'static Shape) -> Self {
        Self { number, name, most: Some(usize::MAX), size: ENTRY_BYTES, shape: Some(shape) }
    }

    /// Whether several items may stand in one place on the wire: those of numbers and enums.
    fn packs(&self) -> bool {
        self.shape.is_none() && self.size < size_of::<String>()
    }
}

/// Numbers that stand one after the other: each ends with a byte below 128. Those of fixed length, which no request of the
/// contract has, count as more.
fn packed(wire: &[u8]) -> usize {
    wire.iter().filter(|byte| **byte < 128).count()
}
