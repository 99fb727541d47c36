//! The codec of every stub: prost's encoding, and requests checked while they are decoded, so
//! that no handler can forget to.

#![expect(
    clippy::disallowed_methods,
    reason = "the chassis, where other statuses are made, stands on this crate"
)]

use crate::validate::{Check, Validate};
use prost::Message;
use std::marker::PhantomData;
use tonic::{
    Code, Status,
    codec::{DecodeBuf, Decoder, EncodeBuf, Encoder},
};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

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
        // The buffer grows as needed, so this fails only beyond isize::MAX bytes.
        item.encode(buffer).map_err(|error| Status::new(Code::Internal, error.to_string()))
    }
}

impl<T, U: Message + Default + Validate> Decoder for Codec<T, U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        let item = U::decode(buffer).map_err(|_| malformed::<U>())?;
        if U::IS_REQUEST {
            let mut check = Check::default();
            item.validate(&mut check);
            let violations = check.into_violations();
            if !violations.is_empty() {
                return Err(invalid(violations));
            }
        }
        Ok(Some(item))
    }
}

/// Bytes that are no message: the caller's fault in a request, a peer's in a reply.
fn malformed<U: Validate>() -> Status {
    if U::IS_REQUEST {
        let violation = FieldViolation::new(
            "",
            "the request is not a valid message: wrong wire format, or text that is not UTF-8",
        );
        invalid(vec![violation])
    } else {
        Status::new(Code::Internal, "a reply could not be decoded")
    }
}

fn invalid(violations: Vec<FieldViolation>) -> Status {
    let mut details = ErrorDetails::with_bad_request(violations);
    details.set_error_info("INVALID_FIELD", "patron", std::collections::HashMap::new());
    Status::with_error_details(Code::InvalidArgument, "fields of the request are invalid", details)
}
