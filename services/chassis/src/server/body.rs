//! The body of a request: one message, read to its end before anything is done for it, or a stream of them.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::Incoming;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::metric;
use crate::status::Problem;

/// Longest message a unary or server-streaming RPC takes, in bytes, with the 5 bytes gRPC puts in front.
/// Large enough for a batch of 100 resources; with tonic's 4 MiB a few callers could fill the memory.
const LONGEST: usize = 1024 * 1024 + 5;
/// Bytes of a refused request that are still read, and for how long. HTTP/2 has no way to refuse one request without
/// answering early or resetting its stream, and what then still arrives of it counts against the connection: a few
/// hundred refusals close it for all who share it. So the answer waits for the end of the request, where that comes soon.
const READ_ON_BYTES: usize = 4 * LONGEST;
const READ_ON: Duration = Duration::from_secs(5);

/// What a caller sends: a message, or for an RPC that takes them a stream, in which each message is limited by the
/// generated server and their sum by nothing.
pub type RequestBody = Either<Full<Bytes>, Incoming>;

/// A message, and its bytes of all that are being received.
pub(super) struct Message {
    pub(super) bytes: Bytes,
    pub(super) held: Option<OwnedSemaphorePermit>,
}

/// Reads one message to its end, within its length, its time and the `quota` of bytes that all messages share.
pub(super) async fn read(
    body: &mut Incoming,
    time: Duration,
    quota: &Arc<Semaphore>,
) -> Result<Message, Problem> {
    let message = timeout(time, read_within(body, quota)).await.unwrap_or(Err(Problem::Late))?;
    if is_one(&message.bytes) { Ok(message) } else { Err(Problem::NotOneMessage) }
}

/// Whether there is a message and nothing behind it. tonic passes over what is behind it; whether the message is whole it finds out.
fn is_one(bytes: &[u8]) -> bool {
    match bytes {
        [_, a, b, c, d, rest @ ..] => rest.len() as u64 <= u32::from_be_bytes([*a, *b, *c, *d]).into(),
        rest => !rest.is_empty(),
    }
}

async fn read_within(body: &mut Incoming, quota: &Arc<Semaphore>) -> Result<Message, Problem> {
    let (mut message, mut held) = (BytesMut::new(), None::<OwnedSemaphorePermit>);
    while let Some(frame) = body.frame().await {
        // The caller went away or broke the protocol: nobody reads this answer.
        let frame = frame.map_err(|_| Problem::Unavailable)?;
        let Ok(data) = frame.into_data() else { continue };
        if message.len() + data.len() > LONGEST {
            return Err(Problem::invalid("", "the request is longer than 1 MiB"));
        }
        let more =
            u32::try_from(data.len()).ok().and_then(|more| quota.clone().try_acquire_many_owned(more).ok());
        match (&mut held, more) {
            (_, None) => return Err(metric::shed()),
            (Some(held), Some(more)) => held.merge(more),
            (none, more) => *none = more,
        }
        message.extend_from_slice(&data);
    }
    Ok(Message { bytes: message.freeze(), held })
}

/// Reads what is left of a refused request, and keeps none of it.
pub(super) async fn read_on(mut body: Incoming) {
    let rest = async {
        let mut left = READ_ON_BYTES;
        while let Some(Ok(frame)) = body.frame().await {
            let read = frame.data_ref().map_or(0, Bytes::len);
            let Some(rest) = left.checked_sub(read) else { break };
            left = rest;
        }
    };
    let _ = timeout(READ_ON, rest).await;
}
