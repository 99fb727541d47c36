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
use hyper::service::Service;
use pin_project_lite::pin_project;
use tokio::task::futures::TaskLocalFuture;
use tonic::{Code, Status, body::Body};
use tracing::{Instrument as _, Span, instrument::Instrumented};

use super::{Call, Layered, Reply};
use crate::{
    context::Context,
    server::method::Method,
    status::{code_name, is_fault},
    telemetry,
};

pub(super) struct Trace<S>(S);

impl<S> Trace<S> {
    pub(super) fn new(inner: S) -> Self {
        Self(inner)
    }
}

impl<S: Layered> Service<Call> for Trace<S> {
    type Response = Reply;
    type Error = Status;
    type Future = Traced<S::Future>;

    fn call(&self, mut call: Call) -> Self::Future {
        let span = telemetry::server_span(&call.method.name, call.method.writes, &mut call.context.trace);
        let context = call.context.clone();
        let measured = Measured {
            method: call.method.clone(),
            began: Instant::now(),
            span: span.clone(),
            code: Code::Cancelled,
        };
        Traced { call: context.scope(self.0.call(call).instrument(span)), measured: Some(measured) }
    }
}

/// Records a call when it is dropped, whichever way it ends.
struct Measured {
    method: Arc<Method>,
    began: Instant,
    span: Span,
    /// Until there is an answer: a call that is dropped had a caller who went away.
    code: Code,
}

impl Drop for Measured {
    fn drop(&mut self) {
        self.method.durations.record(self.code, self.began.elapsed());
        telemetry::end_span(&self.span, code_name(self.code), is_fault(self.code));
    }
}

pin_project! {
    pub(super) struct Traced<F> {
        #[pin]
        call: TaskLocalFuture<Context, Instrumented<F>>,
        measured: Option<Measured>,
    }
}

impl<F: Future<Output = Result<Reply, Status>>> Future for Traced<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let answer = ready!(this.call.as_mut().poll(cx));
        let mut measured = this.measured.take().expect("polled after its answer");
        measured.code = match &answer {
            Ok(reply) => reply.extensions().get::<Status>().map_or(Code::Ok, Status::code),
            Err(status) => status.code(),
        };
        Poll::Ready(match answer {
            Ok(reply) if measured.method.gives_stream && measured.code == Code::Ok => {
                // Until its trailers, a stream that is dropped had a caller who went away.
                measured.code = Code::Cancelled;
                let context = this.call.take_value().expect("the future has not been dropped");
                Ok(reply.map(|stream| Body::new(TracedStream { stream, context, measured })))
            }
            answer => answer,
        })
    }
}

/// The stream of an answer, in the context of its call.
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
