//! The innermost: hands the call to the generated server.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use hyper::service::Service;
use tonic::{Code, Status, codegen::BoxFuture};

use super::{Call, Reply};
use crate::status::Problem;

pub(super) struct Dispatch;

impl Service<Call> for Dispatch {
    type Response = Reply;
    type Error = Status;
    type Future = Handling;

    fn call(&self, mut call: Call) -> Self::Future {
        call.request.extensions_mut().insert(call.principal);
        Handling(call.method.handle(call.request))
    }
}

/// A handler at work.
pub(super) struct Handling(BoxFuture<Reply, Infallible>);

impl Future for Handling {
    type Output = Result<Reply, Status>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx).map(|answer| match answer {
            Ok(reply) => match reply.extensions().get::<Status>() {
                Some(status) if status.details().is_empty() => Err(explained(status)),
                _ => Ok(reply),
            },
            Err(never) => match never {},
        })
    }
}

/// Gives details to a status that has none: one made by tonic, which calls a malformed frame its own fault.
fn explained(status: &Status) -> Status {
    match status.code() {
        Code::Unimplemented => Problem::Unimplemented,
        Code::Unavailable | Code::Cancelled => Problem::Unavailable,
        _ => Problem::invalid("", "the request is not a valid gRPC message"),
    }
    .into()
}
