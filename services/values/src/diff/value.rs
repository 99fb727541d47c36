//! Values of fields as proto-JSON, in the two forms that it has: JSON, and the message `google.protobuf.Value`.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind};
use prost_types::{ListValue, Struct, Value, value::Kind as Of};
use serde_json::{Map, Value as Json};

/// A message as an object, without empty fields.
pub(super) fn object(message: &DynamicMessage) -> Map<String, Json> {
    match serde_json::to_value(message) {
        Ok(Json::Object(fields)) => fields,
        // A resource is no message of a well-known type, which alone have other forms.
        _ => Map::new(),
    }
}

/// What a field holds that is not set; `None` where it then is absent, not empty.
pub(super) fn empty(field: &FieldDescriptor) -> Option<Json> {
    if field.supports_presence() {
        return None;
    }
    if field.is_list() {
        return Some(Json::Array(Vec::new()));
    }
    Some(match field.kind() {
        Kind::String | Kind::Bytes => "".into(),
        Kind::Bool => false.into(),
        Kind::Enum(kind) => kind.default_value().name().into(),
        // proto-JSON writes these as text, which no reader rounds
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 | Kind::Uint64 | Kind::Fixed64 => "0".into(),
        _ => 0.into(),
    })
}

/// JSON as a message.
pub fn to_proto(json: Json) -> Value {
    let kind = match json {
        Json::Null => Of::NullValue(0),
        Json::Bool(on) => Of::BoolValue(on),
        Json::Number(number) => Of::NumberValue(number.as_f64().unwrap_or_default()),
        Json::String(text) => Of::StringValue(text),
        Json::Array(items) => Of::ListValue(ListValue { values: items.into_iter().map(to_proto).collect() }),
        Json::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| (name, to_proto(value)));
            Of::StructValue(Struct { fields: fields.collect() })
        }
    };
    Value { kind: Some(kind) }
}

/// The message as JSON. Whole numbers are written as such.
pub fn to_json(value: &Value) -> Json {
    match &value.kind {
        None | Some(Of::NullValue(_)) => Json::Null,
        Some(Of::BoolValue(on)) => Json::Bool(*on),
        Some(Of::NumberValue(number)) => self::number(*number),
        Some(Of::StringValue(text)) => Json::String(text.clone()),
        Some(Of::ListValue(list)) => list.values.iter().map(to_json).collect(),
        Some(Of::StructValue(object)) => {
            object.fields.iter().map(|(name, value)| (name.clone(), to_json(value))).collect()
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "only of whole numbers within the range that f64 holds exactly"
)]
fn number(number: f64) -> Json {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT { (number as i64).into() } else { number.into() }
}
