//! Sends long responses piece by piece, within bounds.

use crate::{admission::BodyMemory, pump::pumped};
use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use http::{Response, header};
use patron_chassis::status::Problem;

/// Length of the pieces, in bytes, and of the longest body that is sent in one: what a connection keeps for each response anyway.
const PIECE: usize = 64 * 1024;

/// The response with its body in pieces, which is counted until the last one is taken: whoever asks for many pages and reads none
/// would have them all kept here. `memory` is asked for so many bytes where the body is long; without it the response is refused.
pub(crate) fn paced(
    response: Response<Bytes>,
    memory: impl FnOnce(usize) -> Result<BodyMemory, Problem>,
) -> Result<Response<Body>, Problem> {
    let length = response.body().len();
    if length <= PIECE {
        return Ok(response.map(Body::from));
    }
    let memory = memory(length)?;
    let mut response = response.map(|body| Body::from_stream(pumped(stream::iter(pieces(body)), memory)));
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    Ok(response)
}

fn pieces<E>(mut body: Bytes) -> impl Iterator<Item = Result<Bytes, E>> {
    std::iter::from_fn(move || {
        let piece = body.split_to(body.len().min(PIECE));
        (!piece.is_empty()).then_some(Ok(piece))
    })
}
