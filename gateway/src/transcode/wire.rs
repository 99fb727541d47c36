//! The wire format of protobuf, read value by value without knowing the message (protobuf.dev, "Encoding").

use prost::encoding::{WireType, decode_key, decode_varint};

/// Why bytes are not the message that they should be.
#[derive(Debug, thiserror::Error)]
pub(super) enum Malformed {
    #[error("wire format is broken")]
    Wire(#[from] prost::DecodeError),
    #[error("text is not UTF-8")]
    Text(#[from] std::str::Utf8Error),
    #[error("a field has another wire type than its descriptor says")]
    Type,
    #[error("a value has no JSON form")]
    Json(#[from] serde_json::Error),
}

/// The last value of a text field of the outermost message; none where absent or empty.
pub(super) fn text_field(bytes: &[u8], number: u32) -> Result<Option<&str>, Malformed> {
    let mut text = None;
    each(bytes, |found, value| {
        if let (true, Raw::Bytes(bytes)) = (found == number, value) {
            text = Some(bytes);
        }
    })?;
    let text = text.map(std::str::from_utf8).transpose()?;
    Ok(text.filter(|text| !text.is_empty()))
}

/// A value as the wire has it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Raw<'b> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'b [u8]),
}

/// Calls `found` with the number and value of each field, in the order they come in.
pub(super) fn each<'b>(mut bytes: &'b [u8], mut found: impl FnMut(u32, Raw<'b>)) -> Result<(), Malformed> {
    while !bytes.is_empty() {
        let (number, wire) = decode_key(&mut bytes)?;
        found(number, raw(wire, &mut bytes)?);
    }
    Ok(())
}

/// Takes one value of a wire type off the front of `bytes`.
pub(super) fn raw<'b>(wire: WireType, bytes: &mut &'b [u8]) -> Result<Raw<'b>, Malformed> {
    Ok(match wire {
        WireType::Varint => Raw::Varint(decode_varint(bytes)?),
        WireType::SixtyFourBit => Raw::Fixed64(u64::from_le_bytes(*take_array(bytes)?)),
        WireType::ThirtyTwoBit => Raw::Fixed32(u32::from_le_bytes(*take_array(bytes)?)),
        WireType::LengthDelimited => {
            let length = usize::try_from(decode_varint(bytes)?).map_err(|_| Malformed::Type)?;
            let (value, rest) = bytes.split_at_checked(length).ok_or(Malformed::Type)?;
            *bytes = rest;
            Raw::Bytes(value)
        }
        WireType::StartGroup | WireType::EndGroup => return Err(Malformed::Type),
    })
}

/// What a value of variable length holds.
pub(super) fn content(value: Raw<'_>) -> Result<&[u8], Malformed> {
    match value {
        Raw::Bytes(content) => Ok(content),
        Raw::Varint(_) | Raw::Fixed64(_) | Raw::Fixed32(_) => Err(Malformed::Type),
    }
}

fn take_array<'b, const N: usize>(bytes: &mut &'b [u8]) -> Result<&'b [u8; N], Malformed> {
    let (value, rest) = bytes.split_first_chunk().ok_or(Malformed::Type)?;
    *bytes = rest;
    Ok(value)
}
