//! Answers in time: DEADLINE_EXCEEDED when the caller has stopped waiting, whatever the handler is doing.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use hyper::service::Service;
use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep_until};
use tonic::Status;

use super::{Call, Layered, Reply};
use crate::status::Problem;

pub(super) struct Deadline<S>(S);

impl<S> Deadline<S> {
    pub(super) fn new(inner: S) -> Self {
        Self(inner)
    }
}

impl<S: Layered> Service<Call> for Deadline<S> {
    type Response = Reply;
    type Error = Status;
    type Future = InTime<S::Future>;

    fn call(&self, call: Call) -> Self::Future {
        InTime { deadline: call.context.deadline.map(sleep_until), call: self.0.call(call) }
    }
}

pin_project! {
    pub(super) struct InTime<F> {
        #[pin]
        call: F,
        #[pin]
        deadline: Option<Sleep>,
    }
}

impl<F: Future<Output = Result<Reply, Status>>> Future for InTime<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(answer) = this.call.poll(cx) {
            return Poll::Ready(answer);
        }
        match this.deadline.as_pin_mut() {
            Some(deadline) => deadline.poll(cx).map(|()| Err(Problem::Late.into())),
            None => Poll::Pending,
        }
    }
}
