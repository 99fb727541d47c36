//! Puts the call into its trace: a span if spans are recorded, the context for the log and for calls made on,
//! and its duration in the metrics. The stream of a streaming answer belongs to the call until its end.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
    time::Instant,
};

use bytes::Bytes;
use http_body::Frame;
use tonic::{Code, Status, body::Body};
use tracing::{Instrument as _, Span};

use super::{Call, Reply};
use crate::{
    context::Context,
    server::method::Method,
    status::{code_name, is_fault},
    telemetry,
};

/// A call in its trace.
pub(super) struct Traced {
    context: Context,
    measured: Measured,
}

impl Traced {
    /// Begins its span, which is from now on the parent of what is done for it.
    pub(super) fn begin(call: &mut Call) -> Self {
        let span = telemetry::server_span(&call.method.name, call.method.writes, &mut call.context.trace);
        let (method, began) = (call.method.clone(), Instant::now());
        Self {
            context: call.context.clone(),
            measured: Measured { method, began, span, code: Code::Cancelled, streams: false },
        }
    }

    /// Answers it there.
    pub(super) async fn answer(
        self,
        call: impl Future<Output = Result<Reply, Status>>,
    ) -> Result<Reply, Status> {
        let Self { context, mut measured } = self;
        let streams = measured.method.gives_stream.then(|| context.clone());
        let answer = context.scope(call.instrument(measured.span.clone())).await;
        measured.code = match &answer {
            Ok(reply) => reply.extensions().get::<Status>().map_or(Code::Ok, Status::code),
            Err(status) => status.code(),
        };
        match (answer, streams) {
            (Ok(reply), Some(context)) if measured.code == Code::Ok => {
                // Until its trailers, a stream that is dropped had a caller who went away.
                (measured.code, measured.streams) = (Code::Cancelled, true);
                Ok(reply.map(|stream| Body::new(TracedStream { stream, context, measured })))
            }
            (answer, _) => answer,
        }
    }
}

/// Records a call when it is dropped, whichever way it ends.
struct Measured {
    method: Arc<Method>,
    began: Instant,
    span: Span,
    /// Until there is an answer: a call that is dropped had a caller who went away.
    code: Code,
    /// Whether its answer is a stream that has begun: how long one goes on says nothing of how quick anything is.
    streams: bool,
}

impl Drop for Measured {
    fn drop(&mut self) {
        if !self.streams {
            self.method.durations.record(self.code, self.began.elapsed());
        }
        telemetry::end_span(&self.span, code_name(self.code), is_fault(self.code));
    }
}

/// The stream of an answer, in the context of its call. A body can only be polled, so each poll enters the context.
struct TracedStream {
    stream: Body,
    context: Context,
    measured: Measured,
}

impl http_body::Body for TracedStream {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Self { stream, context, measured } = self.get_mut();
        let _entered = measured.span.enter();
        let frame = ready!(context.within(|| Pin::new(stream).poll_frame(cx)));
        measured.code = match &frame {
            Some(Ok(frame)) => match frame.trailers_ref().and_then(Status::from_header_map) {
                Some(status) => status.code(),
                None => measured.code,
            },
            Some(Err(status)) => status.code(),
            None => measured.code,
        };
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.stream.is_end_stream()
    }
}
