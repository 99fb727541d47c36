//! Reads JSON text into a message, by the rules of proto JSON and some stricter ones.
//!
//! Stricter: unknown fields, repeated member names, two members of one oneof, unknown enum values, NUL, and nesting deeper
//! than [`DEPTH`] are refused. All that is wrong with values is reported at once, each with the path of its field; text that is
//! not JSON ends the reading where it stands.

mod object;

use self::object::{list, map, message, well_known};
use super::{
    path::Path,
    scalar::{Misfit, Scalar, convert, is_well_known},
};
use patron_values::violation::Violation;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use serde::de::{
    DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
    value::{MapAccessDeserializer, SeqAccessDeserializer},
};
use std::{borrow::Cow, fmt};

/// Objects and arrays inside one another, the outermost included. Bounds the stack and what a small body can make services build.
pub(super) const DEPTH: usize = 32;

/// Values in one body, those inside others included. An empty object takes two bytes of text and some 150 of memory, so a body of
/// nothing else would take a hundred times its length; a hundred whole customers with addresses are a third of this.
const VALUES: usize = 64 * 1024;

/// Violations reported of one body; more would only make the answer longer.
const VIOLATIONS: usize = 100;

/// Reads the object in `text` as `descriptor` says. `path` is the place of the object in the request, for reports.
pub(super) fn read(
    text: &[u8],
    descriptor: &MessageDescriptor,
    path: Path,
) -> Result<Object, Vec<Violation>> {
    let mut reader = Reader { path, depth: 0, values: 0, violations: Vec::new(), named: Vec::new() };
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let seed = Seed { reader: &mut reader, shape: Shape::One(Kind::Message(descriptor.clone())) };
    let outcome = seed.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    match outcome {
        Ok(Some(Value::Message(message))) if reader.violations.is_empty() => {
            Ok(Object { message, named: reader.named })
        }
        Ok(_) => {
            if reader.violations.is_empty() {
                reader.report("must be an object");
            }
            Err(reader.violations)
        }
        Err(error) => {
            let outset = if error.is_data() { "" } else { "is not valid JSON: " };
            reader.report(format!("{outset}{error}"));
            Err(reader.violations)
        }
    }
}

/// What the text holds.
pub(super) struct Object {
    pub(super) message: DynamicMessage,
    /// Fields that the object names, also those that are null.
    pub(super) named: Vec<FieldDescriptor>,
}

struct Reader {
    path: Path,
    depth: usize,
    values: usize,
    violations: Vec<Violation>,
    named: Vec<FieldDescriptor>,
}

impl Reader {
    fn report(&mut self, misfit: impl Into<Misfit>) {
        if self.violations.len() < VIOLATIONS {
            self.violations.push(Violation::new(self.path.to_string(), misfit.into()));
        }
    }

    /// Runs `inner` one level deeper. A text that nests too deep is not read on: what is wrong with it is its nesting.
    fn nested<T, E: Error>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        if self.depth == DEPTH {
            return Err(E::custom(format_args!("nested more than {DEPTH} levels deep")));
        }
        self.depth += 1;
        let outcome = inner(self);
        self.depth -= 1;
        outcome
    }
}

/// What a place in the text is expected to hold.
enum Shape {
    One(Kind),
    List(Kind),
    Map { key: Kind, value: Kind },
}

impl Shape {
    fn of(field: &FieldDescriptor) -> Self {
        match field.kind() {
            Kind::Message(entry) if field.is_map() => Self::Map {
                key: entry.map_entry_key_field().kind(),
                value: entry.map_entry_value_field().kind(),
            },
            kind if field.is_list() => Self::List(kind),
            kind => Self::One(kind),
        }
    }
}

/// Reads one value of a shape; none where it is null or was reported.
struct Seed<'r> {
    reader: &'r mut Reader,
    shape: Shape,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.reader.values += 1;
        if self.reader.values > VALUES {
            return Err(D::Error::custom(format_args!("holds more than {VALUES} values")));
        }
        deserializer.deserialize_any(self)
    }
}

impl Seed<'_> {
    fn scalar(self, scalar: Scalar<'_>) -> Option<Value> {
        let converted = match &self.shape {
            Shape::One(kind) => convert(kind, scalar),
            Shape::List(_) => Err("must be an array".into()),
            Shape::Map { .. } => Err("must be an object".into()),
        };
        converted.map_err(|misfit| self.reader.report(misfit)).ok()
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Bool(value)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Unsigned(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Signed(value)))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Float(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(self.scalar(Scalar::Text(Cow::Borrowed(value))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let Self { reader, shape } = self;
        match shape {
            Shape::List(kind) => reader.nested(|reader| list(reader, &kind, array)).map(Some),
            Shape::One(Kind::Message(descriptor)) if is_well_known(&descriptor) => {
                well_known(reader, &descriptor, SeqAccessDeserializer::new(array))
            }
            Shape::One(Kind::Message(_)) | Shape::Map { .. } => {
                reader.report("must be an object");
                while array.next_element::<IgnoredAny>()?.is_some() {}
                Ok(None)
            }
            Shape::One(_) => {
                reader.report("must be a single value");
                while array.next_element::<IgnoredAny>()?.is_some() {}
                Ok(None)
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let Self { reader, shape } = self;
        match shape {
            Shape::Map { key, value } => reader.nested(|reader| map(reader, &key, &value, object)).map(Some),
            Shape::One(Kind::Message(descriptor)) if is_well_known(&descriptor) => {
                well_known(reader, &descriptor, MapAccessDeserializer::new(object))
            }
            Shape::One(Kind::Message(descriptor)) => {
                reader.nested(|reader| message(reader, &descriptor, object)).map(Some)
            }
            Shape::One(_) | Shape::List(_) => {
                reader.report(if matches!(shape, Shape::List(_)) {
                    "must be an array"
                } else {
                    "must be a single value"
                });
                while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(None)
            }
        }
    }
}
