//! From a request to a response: whom it is for, what it says, the call, and what the reply says.

mod call;

use self::call::Reply;
use crate::{
    admission::{Admission, CallerKey, Class, Permit},
    authentication::{Authenticate, bearer},
    body,
    consistency_token::ConsistencyTokens,
    grpc::{self, Framing},
    page::{Page, Pages},
    problem::Rejection,
    response,
    router::Capture,
    session::{Caller, Sessions},
    transcode::{Route, Target, Transcoder},
    upstream::Upstreams,
};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header, request::Parts as Head};
use patron_chassis::{client::Retry, context::timeout, status::Problem};
use patron_values::consistency_token::{BEHIND, CONSISTENCY_TOKEN};
use std::{
    net::IpAddr,
    pin::{Pin, pin},
    time::Duration,
};
use tokio_util::sync::CancellationToken;
use tonic::Code;

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

/// How a request and its response are written.
enum Form<'f> {
    /// As JSON, with what the path says.
    Json(&'f [Capture<'f>]),
    /// In gRPC's own words.
    Grpc(Framing),
}

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
        if let Some(rpc) = self.transcoder.find_rpc(method, path) {
            return Destination::Api(rpc);
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
                self.rpc(route, &Form::Json(&captures), &head, body.as_mut(), from).await
            }
            Destination::Api(Target::Grpc(route)) => match Framing::of(&head) {
                Ok(framing) => {
                    let answer = self.rpc(route, &Form::Grpc(framing), &head, body.as_mut(), from).await;
                    answer.or_else(|rejection| Ok(grpc::refuse(framing, &rejection)))
                }
                Err(rejection) => Err(rejection),
            },
            Destination::Rejected(rejection) => Err(rejection),
        };
        body::discard(&head.headers, body).await;
        answer.unwrap_or_else(IntoResponse::into_response)
    }

    async fn rpc<B>(
        &self,
        route: &Route,
        form: &Form<'_>,
        head: &Head,
        body: Pin<&mut B>,
        from: IpAddr,
    ) -> Result<Response, Rejection>
    where
        B: http_body::Body<Data = Bytes>,
    {
        // all that can be refused without a service is, before the body is read
        let waits = form.check(route, head)?;
        let mut caller = self.sessions.caller(route, head, from).await?;
        let key = self.identify(route, &mut caller, from).await?;
        if self.upstreams.get(route.peer).is_away() {
            return Err(Problem::Unavailable.into());
        }
        let check_type = |headers: &HeaderMap| match form {
            Form::Json(_) => body::check_json(headers),
            Form::Grpc(_) => Ok(()),
        };
        let body = body::read(&head.headers, body, check_type, || self.admission.request(from)).await?;
        let permit = self.admit(route, key.clone(), body.text.len()).await?;
        let composed = match form {
            Form::Json(captures) => route.compose(captures, head, &body.text)?,
            Form::Grpc(framing) => route.take(framing.message(&body.text)?),
        };
        drop(body);
        let limit = waits.map_or(self.deadline, |waits| waits.min(self.deadline));
        let mut reply = self.call(route, &composed, &caller, from, limit).await;
        let refused = reply.as_ref().is_err_and(|status| status.code() == Code::Unauthenticated);
        if refused && !route.takes_secrets && self.sessions.renew(&mut caller, from).await? {
            // safe for writes too: a call without valid credentials is refused before anything is done
            reply = self.call(route, &composed, &caller, from, limit).await;
        }
        let (metadata, reply, mut extensions) = reply?.into_parts();
        let mut response = match reply {
            Reply::Message(message) => {
                let message = self.sessions.withhold(&caller, route, message, &mut extensions).await;
                let response = match form {
                    Form::Json(_) => self.transcoder.respond(route, head, &composed, message)?,
                    Form::Grpc(framing) => grpc::unary(*framing, &message),
                };
                let memory = |bytes| self.admission.response(key, bytes, route.reads);
                let response = response::paced(response, memory)?;
                match form {
                    Form::Json(_) => response,
                    Form::Grpc(framing) => grpc::finish(*framing, response),
                }
            }
            Reply::Messages(messages) => {
                let stop = self.stop.clone();
                match form {
                    Form::Json(_) => {
                        self.transcoder.respond_stream(route, head, messages, permit, stop).await?
                    }
                    Form::Grpc(framing) => grpc::stream(*framing, messages, permit, stop),
                }
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
}

impl Form<'_> {
    /// Fails where the caller takes no answer that it could get; gives how long the caller waits, if it says so.
    fn check(&self, route: &Route, head: &Head) -> Result<Option<Duration>, Rejection> {
        match self {
            Self::Json(_) => route.check_accept(head).map(|()| None),
            Self::Grpc(_) => timeout(&head.headers).map_err(|violation| Problem::from(violation).into()),
        }
    }
}
