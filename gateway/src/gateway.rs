//! From a request to a response: whom it is for, what it says, the call, and what the reply says.

use crate::{
    body,
    client_address::CLIENT_ADDRESS,
    page::{Page, Pages},
    position::{BEHIND, POSITION, Positions},
    problem::Refusal,
    router::Capture,
    session::{Caller, Sessions},
    transcode::{Composed, Encoded, Route, Target, Transcoder},
    upstream::Upstreams,
};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header, request::Parts as Head};
use patron_chassis::{
    client::Retry,
    context::{Context, Trace},
    peer::Peer,
};
use std::{net::IpAddr, time::Duration};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, Streaming, client::Grpc};

/// Everything that requests lead to.
pub struct Gateway {
    transcoder: Transcoder,
    pages: Pages,
    sessions: Sessions,
    upstreams: Upstreams,
    retry: Retry,
    deadline: Duration,
    stop: CancellationToken,
}

/// What a request leads to.
pub(crate) enum Destination<'g> {
    Page(&'g Page),
    Api(Target<'g>),
    Refused(Refusal),
}

/// A reply as it comes from a service.
enum Reply {
    Message(Bytes),
    Messages(Streaming<Bytes>),
}

/// Longest reply taken, in bytes: a page of 100 of the largest resources, several times over.
const LONGEST_REPLY: usize = 16 * 1024 * 1024;

impl Gateway {
    /// Puts the parts together. Calls get the deadline; streams have none and end at `stop`.
    pub fn new(
        transcoder: Transcoder,
        pages: Pages,
        sessions: Sessions,
        upstreams: Upstreams,
        deadline: Duration,
        stop: CancellationToken,
    ) -> Self {
        Self { transcoder, pages, sessions, upstreams, retry: Retry::default(), deadline, stop }
    }

    /// Finds what a request leads to.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Destination<'_> {
        if let Some(page) = self.pages.find(path) {
            return Destination::Page(page);
        }
        match self.transcoder.find(method, path) {
            Ok(target) => Destination::Api(target),
            Err(refusal) => Destination::Refused(refusal),
        }
    }

    /// Answers a request that leads to `destination` and comes from the address `from`.
    pub(crate) async fn answer<B>(
        &self,
        destination: Destination<'_>,
        request: Request<B>,
        from: IpAddr,
    ) -> Response
    where
        B: http_body::Body<Data = Bytes>,
    {
        let (head, body) = request.into_parts();
        let answer = match destination {
            Destination::Page(page) => page.answer(&head),
            Destination::Api(Target::Options(allow)) => {
                Ok((StatusCode::NO_CONTENT, [(header::ALLOW, allow)]).into_response())
            }
            Destination::Api(Target::Rpc(route, captures)) => {
                self.rpc(route, &captures, &head, body, from).await
            }
            Destination::Refused(refusal) => Err(refusal),
        };
        answer.unwrap_or_else(IntoResponse::into_response)
    }

    async fn rpc<B>(
        &self,
        route: &Route,
        captures: &[Capture<'_>],
        head: &Head,
        body: B,
        from: IpAddr,
    ) -> Result<Response, Refusal>
    where
        B: http_body::Body<Data = Bytes>,
    {
        // before the body is read: a page of another site has nothing to send
        let mut caller = self.sessions.caller(route, head).await?;
        let body = body::read(&head.headers, body).await?;
        let composed = route.compose(captures, head, &body)?;
        let mut reply = self.call(route, &composed, &caller, from).await;
        let refused = reply.as_ref().is_err_and(|status| status.code() == Code::Unauthenticated);
        if refused && !route.takes_secrets && self.sessions.renew(&mut caller).await? {
            // safe for writes too: a call without valid credentials is refused before anything is done
            reply = self.call(route, &composed, &caller, from).await;
        }
        let (metadata, reply, mut extensions) = reply?.into_parts();
        let mut response = match reply {
            Reply::Message(message) => {
                let message = self.sessions.withhold(&caller, route, message, &mut extensions).await;
                self.transcoder.respond(route, message)?
            }
            Reply::Messages(messages) => {
                self.transcoder.respond_stream(route, head, messages, self.stop.clone()).await?
            }
        };
        let written = Positions::of_reply(&metadata);
        let headers = response.headers_mut();
        if let Some(positions) = written.header() {
            headers.insert(POSITION, positions);
        }
        if metadata.contains_key(BEHIND) {
            headers.insert(BEHIND, HeaderValue::from_static("true"));
        }
        self.sessions.remember(&caller, &extensions, &written, headers);
        Ok(response)
    }

    /// Calls the service, several times where that is harmless and helps.
    async fn call(
        &self,
        route: &Route,
        composed: &Composed,
        caller: &Caller,
        from: IpAddr,
    ) -> Result<tonic::Response<Reply>, Status> {
        let context = Context {
            trace: Context::current_trace().unwrap_or_else(Trace::begin),
            deadline: (!route.streaming).then(|| Instant::now() + self.deadline),
            authorization: caller.authorization.clone(),
        };
        let once = || self.once(route, composed.message.clone(), caller, from);
        context.scope(self.retry.call(composed.repeatable, once)).await
    }

    async fn once(
        &self,
        route: &Route,
        message: Bytes,
        caller: &Caller,
        from: IpAddr,
    ) -> Result<tonic::Response<Reply>, Status> {
        // only what is put here goes on: whatever else came with the request, from identity headers to baggage, stays outside
        let mut request = tonic::Request::new(message);
        if route.reads {
            caller.positions.send(request.metadata_mut());
        }
        if let (true, Ok(address)) = (route.access.public, from.to_string().parse()) {
            request.metadata_mut().insert(CLIENT_ADDRESS, address);
        }
        if let (Peer::GATEWAY, Some(secret)) = (route.peer, &caller.browser) {
            request.extensions_mut().insert(secret.clone());
        }
        let mut service = Grpc::new(self.upstreams.get(route.peer)).max_decoding_message_size(LONGEST_REPLY);
        if route.streaming {
            let reply = service.server_streaming(request, route.rpc.clone(), Encoded).await?;
            Ok(reply.map(Reply::Messages))
        } else {
            let reply = service.unary(request, route.rpc.clone(), Encoded).await?;
            Ok(reply.map(Reply::Message))
        }
    }
}
