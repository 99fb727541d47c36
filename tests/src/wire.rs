//! Calls by path with messages as bytes: for RPCs found in descriptors, and for messages that no client would send.

use crate::Bearer;
use bytes::Bytes;
use http::uri::PathAndQuery;
use patron_proto::codec::Verbatim;
use tonic::{
    Request, Status, Streaming, client::Grpc, service::interceptor::InterceptedService, transport::Channel,
};

/// Calls the RPC at `path` (`/package.Service/Method`) with one message, whatever kind of RPC it is, and gives its answers.
///
/// Fails as the call does, with an answer still to come or before.
pub async fn open(
    channel: Channel,
    token: Option<&str>,
    path: &str,
    message: impl Into<Bytes>,
) -> Result<Streaming<Bytes>, Status> {
    let mut client = Grpc::new(InterceptedService::new(channel, Bearer::new(token)));
    client.ready().await.map_err(|error| Status::from_error(error.into()))?;
    let path = PathAndQuery::try_from(path).expect("paths of RPCs are paths");
    let messages = tokio_stream::once(message.into());
    Ok(client.streaming(Request::new(messages), path, Verbatim).await?.into_inner())
}

/// The same, with the first answer.
pub async fn call(
    channel: Channel,
    token: Option<&str>,
    path: &str,
    message: impl Into<Bytes>,
) -> Result<Option<Bytes>, Status> {
    open(channel, token, path, message).await?.message().await
}
