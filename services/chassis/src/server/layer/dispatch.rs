//! The innermost: hands the call to the generated server.

use tonic::{Code, Status};

use super::Reply;
use crate::{
    principal::Principal,
    server::{body::RequestBody, method::Method},
    status::Problem,
};

pub(super) async fn handle(
    method: &Method,
    mut request: http::Request<RequestBody>,
    principal: Principal,
) -> Result<Reply, Status> {
    request.extensions_mut().insert(principal);
    let Ok(reply) = method.handle(request).await;
    match reply.extensions().get::<Status>() {
        Some(status) if status.details().is_empty() => Err(explained(status)),
        _ => Ok(reply),
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
