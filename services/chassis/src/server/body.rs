//! The body of a request, limited in length.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tonic::Status;

use crate::status::Problem;

/// Longest message a unary or server-streaming RPC takes, in bytes, with the 5 bytes gRPC puts in front.
/// Large enough for a batch of 100 resources; with tonic's 4 MiB a few callers could fill the memory.
const LONGEST: usize = 1024 * 1024 + 5;

/// What a caller sends.
pub struct RequestBody {
    incoming: Incoming,
    /// Bytes that may still come; `None` without limit.
    left: Option<usize>,
}

impl RequestBody {
    /// A body of one message.
    pub(crate) fn limited(incoming: Incoming) -> Self {
        Self { incoming, left: Some(LONGEST) }
    }

    /// A stream of messages: each is limited by the generated server, their sum by nothing.
    pub(crate) fn stream(incoming: Incoming) -> Self {
        Self { incoming, left: None }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = match std::task::ready!(Pin::new(&mut self.incoming).poll_frame(cx)) {
            Some(Ok(frame)) => frame,
            // The caller went away or broke the protocol: nobody reads this answer.
            Some(Err(_)) => return Poll::Ready(Some(Err(Problem::Unavailable.into()))),
            None => return Poll::Ready(None),
        };
        if let (Some(left), Some(data)) = (&mut self.left, frame.data_ref()) {
            match left.checked_sub(data.len()) {
                Some(rest) => *left = rest,
                None => {
                    return Poll::Ready(Some(Err(
                        Problem::invalid("", "the request is longer than 1 MiB").into()
                    )));
                }
            }
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
