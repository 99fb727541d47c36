//! From a request to a response: whom it is for, what it says, the call, and what the reply says.

use crate::{
    admission::{Admission, CallerKey, Class, Permit},
    authentication::{Authenticate, bearer},
    body,
    client_address::CLIENT_ADDRESS,
    consistency_token::ConsistencyTokens,
    page::{Page, Pages},
    problem::Rejection,
    response,
    router::Capture,
    session::{Caller, Sessions},
    transcode::{Composed, Route, Target, Transcoder},
    upstream::Upstreams,
};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header, request::Parts as Head};
use patron_chassis::{
    client::{Repeatable, Retry},
    context::{Context, Trace},
    peer::Peer,
    status::Problem,
};
use patron_proto::codec::Verbatim;
use patron_values::consistency_token::{BEHIND, CONSISTENCY_TOKEN};
use std::{
    net::IpAddr,
    pin::{Pin, pin},
    time::Duration,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, Streaming, client::Grpc};

/// Everything that requests lead to.
pub struct Gateway {
    transcoder: Transcoder,
    pages: Pages,
    sessions: Sessions,
    upstreams: Upstreams,
    admission: Admission,
    authenticator: Box<dyn Authenticate>,
    retry: Retry,
    deadline: Duration,
    stop: CancellationToken,
}

/// What a gateway is put together from.
pub(crate) struct Parts {
    pub(crate) transcoder: Transcoder,
    pub(crate) pages: Pages,
    pub(crate) sessions: Sessions,
    pub(crate) upstreams: Upstreams,
    pub(crate) admission: Admission,
    pub(crate) authenticator: Box<dyn Authenticate>,
}

/// What a request leads to.
pub(crate) enum Destination<'g> {
    Page(&'g Page),
    Api(Target<'g>),
    Rejected(Rejection),
}

/// A reply as it comes from a service.
enum Reply {
    Message(Bytes),
    Messages(Streaming<Bytes>),
}

/// Longest reply taken, in bytes: a page of 100 of the largest resources, several times over.
const LONGEST_REPLY: usize = 16 * 1024 * 1024;

/// Length from which a body is bulk, in bytes: a record with every field at its longest is shorter.
const BULK_BYTES: usize = 64 * 1024;

impl Gateway {
    /// Puts the parts together. Calls get the deadline; streams have none and end at `stop`.
    pub(crate) fn new(parts: Parts, deadline: Duration, stop: CancellationToken) -> Self {
        let Parts { transcoder, pages, sessions, upstreams, admission, authenticator } = parts;
        let retry = Retry::default();
        Self { transcoder, pages, sessions, upstreams, admission, authenticator, retry, deadline, stop }
    }

    /// Finds what a request leads to.
    pub(crate) fn find(&self, method: &Method, path: &str, headers: &HeaderMap) -> Destination<'_> {
        if let Some(page) = self.pages.find(path) {
            return Destination::Page(page);
        }
        match self.transcoder.find(method, path) {
            Ok(target) => Destination::Api(target),
            Err(rejection) => match self.pages.screen(method, path, headers) {
                Some(page) => Destination::Page(page),
                None => Destination::Rejected(rejection),
            },
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
        let mut body = pin!(body);
        let answer = match destination {
            Destination::Page(page) => page.answer(&head),
            Destination::Api(Target::Options(allow)) => {
                Ok((StatusCode::NO_CONTENT, [(header::ALLOW, allow)]).into_response())
            }
            Destination::Api(Target::Rpc(route, captures)) => {
                self.rpc(route, &captures, &head, body.as_mut(), from).await
            }
            Destination::Rejected(rejection) => Err(rejection),
        };
        body::discard(&head.headers, body).await;
        answer.unwrap_or_else(IntoResponse::into_response)
    }

    async fn rpc<B>(
        &self,
        route: &Route,
        captures: &[Capture<'_>],
        head: &Head,
        body: Pin<&mut B>,
        from: IpAddr,
    ) -> Result<Response, Rejection>
    where
        B: http_body::Body<Data = Bytes>,
    {
        // all that can be refused without a service is, before the body is read
        route.check_accept(head)?;
        let mut caller = self.sessions.caller(route, head, from).await?;
        let key = self.identify(route, &mut caller, from).await?;
        if self.upstreams.get(route.peer).is_away() {
            return Err(Problem::Unavailable.into());
        }
        let body = body::read(&head.headers, body, || self.admission.request(from)).await?;
        let permit = self.admit(route, key.clone(), body.text.len()).await?;
        let composed = route.compose(captures, head, &body.text)?;
        drop(body);
        let mut reply = self.call(route, &composed, &caller, from).await;
        let refused = reply.as_ref().is_err_and(|status| status.code() == Code::Unauthenticated);
        if refused && !route.takes_secrets && self.sessions.renew(&mut caller, from).await? {
            // safe for writes too: a call without valid credentials is refused before anything is done
            reply = self.call(route, &composed, &caller, from).await;
        }
        let (metadata, reply, mut extensions) = reply?.into_parts();
        let mut response = match reply {
            Reply::Message(message) => {
                let message = self.sessions.withhold(&caller, route, message, &mut extensions).await;
                let response = self.transcoder.respond(route, head, &composed, message)?;
                response::paced(response, |bytes| self.admission.response(key, bytes, route.reads))?
            }
            Reply::Messages(messages) => {
                self.transcoder.respond_stream(route, head, messages, permit, self.stop.clone()).await?
            }
        };
        let written = ConsistencyTokens::of_reply(&metadata);
        let headers = response.headers_mut();
        if let Some(tokens) = written.header() {
            headers.insert(CONSISTENCY_TOKEN, tokens);
        }
        if metadata.contains_key(BEHIND) {
            headers.insert(BEHIND, HeaderValue::from_static("true"));
        }
        self.sessions.remember(&caller, &extensions, &written, headers);
        Ok(response)
    }

    /// Whom permits are counted for, and refuses a call that its service would refuse for want of a valid token.
    async fn identify(
        &self,
        route: &Route,
        caller: &mut Caller,
        from: IpAddr,
    ) -> Result<CallerKey, Rejection> {
        if route.access.public {
            return Ok(CallerKey::of_address(from));
        }
        match self.actor(caller).await {
            // what it was given for may have changed, as services would say
            Err(Problem::CredentialsInvalid) if self.sessions.renew(caller, from).await? => {
                self.actor(caller).await
            }
            actor => actor,
        }
        .or_else(|problem| match problem {
            // nobody can say now whose token it is: the service will
            Problem::Unavailable => Ok(CallerKey::of_address(from)),
            problem => Err(problem.into()),
        })
    }

    async fn actor(&self, caller: &Caller) -> Result<CallerKey, Problem> {
        let authorization = caller.authorization.as_ref().ok_or(Problem::CredentialsMissing)?;
        self.authenticator.actor(bearer(authorization)?).await.map(CallerKey::User)
    }

    /// A permit for a call with a body of this length.
    async fn admit(&self, route: &Route, key: CallerKey, body: usize) -> Result<Permit, Problem> {
        let class = match (route.class, &key) {
            // A stream would keep a permit of sign-ins for hours.
            (Class::Stream, CallerKey::Address(_)) => return Err(Problem::Unavailable),
            // A caller whose token could not be verified counts by address.
            (_, CallerKey::Address(_)) => Class::SignIn,
            (Class::Read | Class::Write, _) if body > BULK_BYTES => Class::Bulk,
            (class, _) => class,
        };
        self.admission.admit(route.peer, class, key).await
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
