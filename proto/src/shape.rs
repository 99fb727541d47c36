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
}

/// Counts the items of a message on the wire, and reports the first field that has too many. What is no message is left to the
/// decoder, which says so.
pub(crate) fn count(wire: &[u8], shape: &'static Shape, check: &mut Check) {
    let _ = Count { left: BYTES, check }.message(wire, shape);
}

struct Count<'a> {
    left: usize,
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
        match self.left.checked_sub(new * field.size) {
            Some(left) => self.left = left,
            None => {
                self.check.violation(field.name, "has too many items, with those of other fields");
                return Err(Stop);
            }
        }
        Ok(())
    }

    fn within(
        &mut self,
        field: &Field,
        index: usize,
        wire: &[u8],
        shape: &'static Shape,
    ) -> Result<(), Stop> {
        let left = &mut self.left;
        let count = |check: &mut Check| {
            let mut inner = Count { left: *left, check };
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
