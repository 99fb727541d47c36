//! The call of a service.

use super::Gateway;
use crate::{
    client_address::{CLIENT_ADDRESS, CLIENT_AGENT},
    session::Caller,
    transcode::{Composed, Route},
};
use bytes::Bytes;
use patron_chassis::{
    client::Repeatable,
    context::{Context, Trace},
    peer::Peer,
};
use patron_proto::codec::Verbatim;
use std::{net::IpAddr, time::Duration};
use tokio::time::Instant;
use tonic::{Status, Streaming, client::Grpc};

/// A reply as it comes from a service.
pub(super) enum Reply {
    Message(Bytes),
    Messages(Streaming<Bytes>),
}

/// Longest reply taken, in bytes: a page of 100 of the largest resources, several times over.
const LONGEST_REPLY: usize = 16 * 1024 * 1024;

impl Gateway {
    /// Calls the service, several times where that is harmless and helps, for so long at most.
    pub(super) async fn call(
        &self,
        route: &Route,
        composed: &Composed,
        caller: &Caller,
        from: IpAddr,
        limit: Duration,
    ) -> Result<tonic::Response<Reply>, Status> {
        let context = Context {
            trace: Context::current_trace().unwrap_or_else(Trace::begin),
            deadline: (!route.streaming).then(|| Instant::now() + limit),
            authorization: caller.authorization.clone(),
        };
        let once = || self.once(route, composed, caller, from);
        context.scope(self.retry.call(composed.repeatable, once)).await
    }

    async fn once(
        &self,
        route: &Route,
        composed: &Composed,
        caller: &Caller,
        from: IpAddr,
    ) -> Result<tonic::Response<Reply>, Status> {
        // only what is put here goes on: whatever else came with the request, from identity headers to baggage, stays outside
        let mut request = tonic::Request::new(composed.message.clone());
        if composed.repeatable {
            request.extensions_mut().insert(Repeatable);
        }
        if route.reads {
            caller.consistency_tokens.send(request.metadata_mut());
        }
        if let (true, Ok(address)) = (route.access.public, from.to_string().parse()) {
            request.metadata_mut().insert(CLIENT_ADDRESS, address);
        }
        if let (true, Some(Ok(agent))) = (route.access.public, caller.agent.as_deref().map(str::parse)) {
            request.metadata_mut().insert(CLIENT_AGENT, agent);
        }
        if let (Peer::GATEWAY, Some(secret)) = (route.peer, &caller.browser) {
            request.extensions_mut().insert(secret.clone());
        }
        let mut service = Grpc::new(self.upstreams.get(route.peer)).max_decoding_message_size(LONGEST_REPLY);
        if route.streaming {
            let reply = service.server_streaming(request, route.rpc.clone(), Verbatim).await?;
            Ok(reply.map(Reply::Messages))
        } else {
            let reply = service.unary(request, route.rpc.clone(), Verbatim).await?;
            Ok(reply.map(Reply::Message))
        }
    }
}
