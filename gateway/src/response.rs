//! Sends responses part by part, within bounds: none is kept for a reader who does not read.

use crate::admission::BodyMemory;
use axum::body::Body;
use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use http::{Response, header};
use patron_chassis::status::Problem;
use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use tonic::Status;

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

/// Time for a reader to take a part: a page in the background still does it at once, and a lost phone never.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The same parts, read from their source by a task: a response is not polled while its reader takes nothing, so it cannot notice by
/// itself. Where the reader takes nothing for [`READ_TIMEOUT`], the task frees the source and `held`, and the body ends with an error, so that
/// it is not mistaken for a whole one.
pub(crate) fn pumped<S>(
    parts: S,
    held: impl Send + 'static,
) -> impl Stream<Item = Result<Bytes, Status>> + Send
where
    S: Stream<Item = Result<Bytes, Status>> + Send + 'static,
{
    // one part waits here, so that memory is bounded by that of two parts
    let (sender, receiver) = mpsc::channel(1);
    let cut = Arc::new(AtomicBool::new(false));
    let noted = cut.clone();
    TaskTracker::new().spawn(async move {
        let _held = held;
        let mut parts = pin!(parts);
        loop {
            let part = tokio::select! {
                // the reader is gone
                () = sender.closed() => return,
                part = parts.next() => part,
            };
            let Some(part) = part else { return };
            match tokio::time::timeout(READ_TIMEOUT, sender.send(part)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return,
                Err(_) => {
                    noted.store(true, Ordering::Release);
                    return;
                }
            }
        }
    });
    stream::unfold(Some(receiver), move |receiver| {
        let cut = cut.clone();
        async move {
            let mut receiver = receiver?;
            match receiver.recv().await {
                Some(part) => Some((part, Some(receiver))),
                None => cut.load(Ordering::Acquire).then(|| (Err(Problem::Late.into()), None)),
            }
        }
    })
}
