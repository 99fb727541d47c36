//! Refuses calls over a limit at once: waiting would make them late, and the others with them.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use hyper::service::Service;
use pin_project_lite::pin_project;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;

use super::{Call, Layered, Reply};
use crate::{server::metric, status::Problem};

/// When a refused caller should try again: about the time in which calls under way end.
const RETRY_AFTER: Duration = Duration::from_millis(100);

pub(super) struct Load<S> {
    inner: S,
    slots: Arc<Semaphore>,
}

impl<S> Load<S> {
    pub(super) fn new(inner: S, concurrency: usize) -> Self {
        Self { inner, slots: Arc::new(Semaphore::new(concurrency.min(Semaphore::MAX_PERMITS))) }
    }
}

impl<S: Layered> Service<Call> for Load<S> {
    type Response = Reply;
    type Error = Status;
    type Future = Answer<S::Future>;

    fn call(&self, call: Call) -> Self::Future {
        match self.slots.clone().try_acquire_owned() {
            Ok(slot) => Answer::Admitted { call: self.inner.call(call), _slot: slot },
            Err(_) => Answer::Refused,
        }
    }
}

pin_project! {
    #[project = AnswerProjection]
    pub(super) enum Answer<F> {
        Admitted { #[pin] call: F, _slot: OwnedSemaphorePermit },
        Refused,
    }
}

impl<F: Future<Output = Result<Reply, Status>>> Future for Answer<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match self.project() {
            AnswerProjection::Admitted { call, .. } => ready!(call.poll(cx)),
            AnswerProjection::Refused => {
                metric::shed();
                Err(Problem::Limit { retry_after: RETRY_AFTER }.into())
            }
        })
    }
}
