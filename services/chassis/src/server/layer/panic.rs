//! Turns a panic into an answer. The panic hook of [`crate::telemetry`] has logged it, with the trace id,
//! where it happened.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use hyper::service::Service;
use pin_project_lite::pin_project;
use tonic::Status;

use super::{Call, Layered, Reply};
use crate::status::Problem;

pub(super) struct Panic<S>(S);

impl<S> Panic<S> {
    pub(super) fn new(inner: S) -> Self {
        Self(inner)
    }
}

impl<S: Layered> Service<Call> for Panic<S> {
    type Response = Reply;
    type Error = Status;
    type Future = Caught<S::Future>;

    fn call(&self, call: Call) -> Self::Future {
        Caught { call: self.0.call(call) }
    }
}

pin_project! {
    /// A call whose panic is an answer.
    pub(super) struct Caught<F> {
        #[pin]
        call: F,
    }
}

impl<F: Future<Output = Result<Reply, Status>>> Future for Caught<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        // What the call held is dropped and never looked at again; what calls share survives panics (no lock
        // is held across user code).
        catch_unwind(AssertUnwindSafe(|| this.call.poll(cx)))
            .unwrap_or_else(|_| Poll::Ready(Err(Problem::Panicked.into())))
    }
}
