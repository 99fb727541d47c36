//! The codec of every stub: prost's encoding, and requests checked while they are decoded, so
//! that no handler can forget to; and one for messages that stay bytes.

#![expect(
    clippy::disallowed_methods,
    reason = "the chassis, where other statuses are made, stands on this crate"
)]

use crate::{
    shape,
    validate::{Check, Validate},
};
use prost::{
    Message,
    bytes::{Buf as _, BufMut as _, Bytes},
};
use std::marker::PhantomData;
use tonic::{
    Code, Status,
    codec::{DecodeBuf, Decoder, EncodeBuf, Encoder},
};
use tonic_types::{ErrorDetails, StatusExt as _};

/// Longest message that is sent, in bytes: what clients of tonic, Go and Java take where nothing else is set. Services bound what they
/// answer by its items, so one that comes here with more is at fault; and tonic makes INTERNAL of whatever an encoder says.
const LONGEST: usize = 4 * 1024 * 1024;

/// Encodes `T` and decodes `U`; a request that breaks a rule of its proto is refused with
/// INVALID_ARGUMENT and every violation.
#[derive(Debug, Clone)]
pub struct Codec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for Codec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> tonic::codec::Codec for Codec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Validate + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self::default()
    }

    fn decoder(&mut self) -> Self {
        Self::default()
    }
}

impl<T: Message, U> Encoder for Codec<T, U> {
    type Item = T;
    type Error = Status;

    fn encode(&mut self, item: T, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(&mut buffer.limit(LONGEST))
            .map_err(|_| Status::new(Code::Internal, "the answer is longer than 4 MiB"))
    }
}

impl<T, U: Message + Default + Validate> Decoder for Codec<T, U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        // The buffer is one piece, and holds one message.
        let item = read(buffer.chunk());
        buffer.advance(buffer.remaining());
        item.map(Some)
    }
}

/// Decodes a message, and where it is a request refuses one that has too many items or breaks another rule of its proto.
pub fn read<U: Message + Default + Validate>(wire: &[u8]) -> Result<U, Status> {
    if !U::IS_REQUEST {
        return U::decode(wire).map_err(|_| malformed::<U>());
    }
    let mut check = Check::default();
    shape::count(wire, U::SHAPE, &mut check);
    if !check.is_clean() {
        return Err(invalid(check));
    }
    let item = U::decode(wire).map_err(|_| malformed::<U>())?;
    item.validate(&mut check);
    if check.is_clean() { Ok(item) } else { Err(invalid(check)) }
}

/// Bytes that are no message: the caller's fault in a request, a peer's in a reply.
fn malformed<U: Validate>() -> Status {
    if U::IS_REQUEST {
        let mut check = Check::default();
        check.violation(
            "",
            "the request is not a valid message: wrong wire format, or text that is not UTF-8",
        );
        invalid(check)
    } else {
        Status::new(Code::Internal, "a reply could not be decoded")
    }
}

fn invalid(check: Check) -> Status {
    let mut details = ErrorDetails::with_bad_request(check.into_violations());
    details.set_error_info("INVALID_FIELD", "patron", std::collections::HashMap::new());
    Status::with_error_details(Code::InvalidArgument, "fields of the request are invalid", details)
}

/// Passes messages through as bytes, for whoever encodes and decodes them without a stub.
#[derive(Debug, Clone, Copy, Default)]
pub struct Verbatim;

impl tonic::codec::Codec for Verbatim {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Verbatim {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for Verbatim {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
