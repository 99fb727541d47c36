//! Single values from JSON and from the text of a URL, by the rules of proto JSON (protobuf.dev, "ProtoJSON Format").

use base64::{Engine as _, alphabet, engine};
use prost_reflect::{
    DeserializeOptions, DynamicMessage, EnumDescriptor, Kind, MapKey, MessageDescriptor, Value,
};
use serde::de::{IntoDeserializer, value::Error as AnyError};
use std::borrow::Cow;

/// A JSON value without parts.
#[derive(Debug, Clone)]
pub(super) enum Scalar<'a> {
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(Cow<'a, str>),
}

/// Why a value does not fit its field, in words that follow the field's name.
pub(crate) type Misfit = Cow<'static, str>;

/// Proto JSON takes the standard and the URL-safe alphabet, with and without padding.
const BASE64_URL: engine::GeneralPurpose = base64_engine(&alphabet::URL_SAFE);
const BASE64_STANDARD: engine::GeneralPurpose = base64_engine(&alphabet::STANDARD);

const fn base64_engine(alphabet: &alphabet::Alphabet) -> engine::GeneralPurpose {
    let config =
        engine::GeneralPurposeConfig::new().with_decode_padding_mode(engine::DecodePaddingMode::Indifferent);
    engine::GeneralPurpose::new(alphabet, config)
}

/// Converts a JSON scalar to a value of `kind`.
pub(super) fn convert(kind: &Kind, scalar: Scalar<'_>) -> Result<Value, Misfit> {
    match kind {
        Kind::Bool => match scalar {
            Scalar::Bool(value) => Ok(Value::Bool(value)),
            _ => Err("must be true or false".into()),
        },
        Kind::String => match scalar {
            Scalar::Text(text) => string(text).map(Value::String),
            _ => Err("must be a string".into()),
        },
        Kind::Bytes => match scalar {
            Scalar::Text(text) => bytes(&text),
            _ => Err("must be base64 in a string".into()),
        },
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => integer(scalar).map(Value::I32),
        Kind::Uint32 | Kind::Fixed32 => integer(scalar).map(Value::U32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => integer(scalar).map(Value::I64),
        Kind::Uint64 | Kind::Fixed64 => integer(scalar).map(Value::U64),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a float field holds the nearest float; overflow was refused"
        )]
        Kind::Float => float(scalar, f64::from(f32::MAX)).map(|value| Value::F32(value as f32)),
        Kind::Double => float(scalar, f64::MAX).map(Value::F64),
        Kind::Enum(descriptor) => enumeration(descriptor, scalar),
        Kind::Message(descriptor) => message(descriptor, scalar),
    }
}

/// Converts one value of a URL, where everything is text, to a value of `kind`.
pub(super) fn convert_text(kind: &Kind, text: String) -> Result<Value, Misfit> {
    match (kind, text.as_str()) {
        (Kind::Bool, "true") => Ok(Value::Bool(true)),
        (Kind::Bool, "false") => Ok(Value::Bool(false)),
        (Kind::Enum(descriptor), number) if number.parse::<i32>().is_ok() => {
            enumeration(descriptor, number.parse().map_or(Scalar::Bool(false), Scalar::Signed))
        }
        _ => convert(kind, Scalar::Text(text.into())),
    }
}

/// Converts the name of a JSON member to the key of a map.
pub(super) fn convert_key(kind: &Kind, text: String) -> Result<MapKey, Misfit> {
    Ok(match convert_text(kind, text)? {
        Value::Bool(key) => MapKey::Bool(key),
        Value::I32(key) => MapKey::I32(key),
        Value::I64(key) => MapKey::I64(key),
        Value::U32(key) => MapKey::U32(key),
        Value::U64(key) => MapKey::U64(key),
        Value::String(key) => MapKey::String(key),
        _ => return Err("has a key of the wrong kind".into()),
    })
}

/// Whether proto JSON writes this message as something else than an object of its fields.
pub(super) fn is_well_known(message: &MessageDescriptor) -> bool {
    message.package_name() == "google.protobuf" && message.name() != "Empty"
}

fn string(text: Cow<'_, str>) -> Result<String, Misfit> {
    if text.contains('\0') {
        return Err("holds a NUL character, which cannot be stored".into());
    }
    Ok(text.into_owned())
}

fn bytes(text: &str) -> Result<Value, Misfit> {
    let decoded = BASE64_STANDARD.decode(text).or_else(|_| BASE64_URL.decode(text));
    decoded.map(|bytes| Value::Bytes(bytes.into())).map_err(|_| "is not base64".into())
}

fn integer<T: TryFrom<i128>>(scalar: Scalar<'_>) -> Result<T, Misfit> {
    let wide = match scalar {
        Scalar::Unsigned(value) => Some(i128::from(value)),
        Scalar::Signed(value) => Some(i128::from(value)),
        Scalar::Float(value) => whole(value),
        Scalar::Text(text) => match text.parse::<i128>() {
            // `parse` also takes a plus sign, which JSON numbers do not have
            Ok(value) if !text.starts_with('+') => Some(value),
            Ok(_) => None,
            Err(_) => json_float(&text).and_then(whole),
        },
        Scalar::Bool(_) => None,
    };
    let wide = wide.ok_or("must be a whole number")?;
    T::try_from(wide).map_err(|_| "is out of range".into())
}

/// 1.0 and 1e3 are whole numbers too.
fn whole(value: f64) -> Option<i128> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole, and far beyond 64 bits it is refused as out of range"
    )]
    (value.fract() == 0.0).then_some(value as i128)
}

fn float(scalar: Scalar<'_>, most: f64) -> Result<f64, Misfit> {
    #[expect(clippy::cast_precision_loss, reason = "a double holds the nearest double")]
    let value = match scalar {
        Scalar::Unsigned(value) => value as f64,
        Scalar::Signed(value) => value as f64,
        Scalar::Float(value) => value,
        Scalar::Text(text) => match text.as_ref() {
            "NaN" => return Ok(f64::NAN),
            "Infinity" => return Ok(f64::INFINITY),
            "-Infinity" => return Ok(f64::NEG_INFINITY),
            text => json_float(text).ok_or("must be a number")?,
        },
        Scalar::Bool(_) => return Err("must be a number".into()),
    };
    if value.abs() <= most { Ok(value) } else { Err("is out of range".into()) }
}

/// A number in the notation of JSON; `parse` alone would take `inf` and `+1` too.
fn json_float(text: &str) -> Option<f64> {
    serde_json::from_str(text).ok()
}

fn enumeration(descriptor: &EnumDescriptor, scalar: Scalar<'_>) -> Result<Value, Misfit> {
    let value = match scalar {
        Scalar::Text(name) => descriptor.get_value_by_name(&name),
        number => descriptor.get_value(integer(number)?),
    };
    value.map(|value| Value::EnumNumber(value.number())).ok_or_else(|| {
        let names: Vec<_> = descriptor.values().map(|value| value.name().to_owned()).collect();
        format!("must be one of {}", names.join(", ")).into()
    })
}

/// A well-known type that proto JSON writes as a scalar: times, durations, masks and wrappers.
fn message(descriptor: &MessageDescriptor, scalar: Scalar<'_>) -> Result<Value, Misfit> {
    if !is_well_known(descriptor) {
        return Err("must be an object".into());
    }
    let message = match scalar {
        Scalar::Text(text) if descriptor.name() == "FieldMask" => return Ok(mask(descriptor, &text)),
        Scalar::Text(text) => deserialize(descriptor, text.as_ref()),
        Scalar::Bool(value) => deserialize(descriptor, value),
        Scalar::Unsigned(value) => deserialize(descriptor, value),
        Scalar::Signed(value) => deserialize(descriptor, value),
        Scalar::Float(value) => deserialize(descriptor, value),
    };
    message.map(Value::Message).map_err(|_| match descriptor.name() {
        "Timestamp" => "must be a time such as \"2026-01-31T12:00:00Z\"".into(),
        "Duration" => "must be a number of seconds such as \"1.5s\"".into(),
        "FieldMask" => "must be names of fields with commas between them, such as \"firstName,email\"".into(),
        name => format!("is not a google.protobuf.{name}").into(),
    })
}

fn deserialize<'de, T: IntoDeserializer<'de, AnyError>>(
    descriptor: &MessageDescriptor,
    value: T,
) -> Result<DynamicMessage, AnyError> {
    DynamicMessage::deserialize_with_options(
        descriptor.clone(),
        value.into_deserializer(),
        &DeserializeOptions::new(),
    )
}

/// Masks are taken by JSON names, as proto JSON has them, and by proto names, as people type them.
fn mask(descriptor: &MessageDescriptor, text: &str) -> Value {
    let paths = text.split(',').map(str::trim).filter(|path| !path.is_empty());
    let paths = paths
        .map(|path| Value::String(if path.contains('_') { path.to_owned() } else { snake_case(path) }))
        .collect();
    let mut mask = DynamicMessage::new(descriptor.clone());
    mask.set_field_by_name("paths", Value::List(paths));
    Value::Message(mask)
}

fn snake_case(camel: &str) -> String {
    let mut snake = String::with_capacity(camel.len() + 4);
    for character in camel.chars() {
        if character.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}
