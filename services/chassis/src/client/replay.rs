//! A message that can be sent more than once: again when no copy has seen it, and to a second copy beside the first.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::Frame;
use tonic::{Status, body::Body};

/// Most that is kept for another try, in bytes: more than the longest message that services take. A stream of messages that is
/// longer is sent once.
const KEPT_BYTES: usize = 2 * 1024 * 1024;

/// A body of which copies can be sent.
#[derive(Clone)]
pub(super) struct Replay(Arc<Mutex<Shared>>);

struct Shared {
    rest: Body,
    seen: Vec<Bytes>,
    bytes: usize,
}

impl Replay {
    pub(super) fn new(body: Body) -> Self {
        Self(Arc::new(Mutex::new(Shared { rest: body, seen: Vec::new(), bytes: 0 })))
    }

    /// The body from its beginning, and whether anything of it was read. `None` if it is too long for that.
    pub(super) fn lend(&self) -> Option<(Body, Touched)> {
        if self.lock().bytes > KEPT_BYTES {
            return None;
        }
        let touched = Touched::default();
        Some((Body::new(Lent { replay: self.clone(), next: 0, touched: touched.clone() }), touched))
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether anything of a lent body was read.
#[derive(Clone, Default)]
pub(super) struct Touched(Arc<AtomicBool>);

impl Touched {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

struct Lent {
    replay: Replay,
    /// Number of the next piece.
    next: usize,
    touched: Touched,
}

impl http_body::Body for Lent {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.touched.0.store(true, Ordering::Release);
        let replay = self.replay.clone();
        let mut shared = replay.lock();
        if let Some(piece) = shared.seen.get(self.next).cloned() {
            self.next += 1;
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        let frame = ready!(Pin::new(&mut shared.rest).poll_frame(cx));
        if let Some(piece) = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref().cloned()) {
            shared.bytes += piece.len();
            if shared.bytes <= KEPT_BYTES {
                shared.seen.push(piece);
                self.next += 1;
            } else {
                // nobody else is lent it from here on
                shared.seen.clear();
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        let shared = self.replay.lock();
        self.next >= shared.seen.len() && shared.rest.is_end_stream()
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt as _;
    use http_body_util::{BodyExt as _, Full, StreamBody};

    use super::*;

    async fn read(body: Body) -> Bytes {
        body.collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn a_message_is_sent_as_often_as_asked_and_says_whether_it_was_read() {
        let replay = Replay::new(Body::new(Full::from("message")));
        let (first, unread) = replay.lend().unwrap();
        let (second, read_once) = replay.lend().unwrap();
        assert_eq!(read(second).await, "message");
        assert_eq!((unread.is_set(), read_once.is_set()), (false, true));
        assert_eq!(read(first).await, "message");
        assert_eq!(read(replay.lend().unwrap().0).await, "message");
    }

    #[tokio::test]
    async fn what_is_longer_than_any_message_is_sent_once_and_not_kept() {
        let piece = Bytes::from(vec![7; 512 * 1024]);
        let pieces = futures::stream::iter(vec![piece; 16]).map(|piece| Ok::<_, Status>(Frame::data(piece)));
        let replay = Replay::new(Body::new(StreamBody::new(pieces)));
        let (body, _) = replay.lend().unwrap();
        assert_eq!(read(body).await.len(), 8 * 1024 * 1024);
        assert!(replay.lend().is_none() && replay.lock().seen.is_empty());
    }
}
