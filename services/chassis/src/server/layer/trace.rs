//! Puts the call into its trace: a span if spans are recorded, the context for the log and for calls made on, and its duration
//! in the metrics.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
    time::Instant,
};

use hyper::service::Service;
use pin_project_lite::pin_project;
use tokio::task::futures::TaskLocalFuture;
use tonic::{Code, Status};
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
        let measured = Measured {
            method: call.method.clone(),
            began: Instant::now(),
            span: span.clone(),
            code: Code::Cancelled,
        };
        let context = call.context.clone();
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

impl Measured {
    fn answered(&mut self, answer: &Result<Reply, Status>) {
        self.code = match answer {
            Ok(reply) => reply.extensions().get::<Status>().map_or(Code::Ok, Status::code),
            Err(status) => status.code(),
        };
    }
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
        let this = self.project();
        let answer = ready!(this.call.poll(cx));
        if let Some(mut measured) = this.measured.take() {
            measured.answered(&answer);
        }
        Poll::Ready(answer)
    }
}
