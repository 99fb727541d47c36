//! Lets a write end once it has begun. A caller who goes away drops the call, and dropping a transaction
//! between two statements is neither done nor undone in time; a task of its own is.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use hyper::service::Service;
use pin_project_lite::pin_project;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;
use tonic::Status;
use tracing::Instrument as _;

use super::{Call, Layered, Reply};

pub(super) struct Detach<S> {
    inner: S,
    writes: TaskTracker,
}

impl<S> Detach<S> {
    pub(super) fn new(inner: S, writes: TaskTracker) -> Self {
        Self { inner, writes }
    }
}

impl<S: Layered> Service<Call> for Detach<S>
where
    S::Future: 'static,
{
    type Response = Reply;
    type Error = Status;
    type Future = Detached<S::Future>;

    fn call(&self, call: Call) -> Self::Future {
        if !call.method.writes {
            return Detached::Read { call: self.inner.call(call) };
        }
        let context = call.context.clone();
        let write = context.scope(self.inner.call(call)).instrument(tracing::Span::current());
        Detached::Write { task: self.writes.spawn(write) }
    }
}

pin_project! {
    #[project = DetachedProjection]
    pub(super) enum Detached<F> {
        Read { #[pin] call: F },
        Write { task: JoinHandle<Result<Reply, Status>> },
    }
}

impl<F: Future<Output = Result<Reply, Status>>> Future for Detached<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            DetachedProjection::Read { call } => call.poll(cx),
            DetachedProjection::Write { task } => match ready!(Pin::new(task).poll(cx)) {
                Ok(answer) => Poll::Ready(answer),
                Err(error) => match error.try_into_panic() {
                    // The panic layer answers.
                    Ok(panic) => std::panic::resume_unwind(panic),
                    // The runtime is going down, and the connection with it.
                    Err(_) => Poll::Ready(Err(crate::status::Problem::Unavailable.into())),
                },
            },
        }
    }
}
