//! What every request passes on its way in and every response on its way out, in one place and one order.

mod cors;
pub(crate) mod head;
mod io;
mod listener;
mod telemetry;

pub use self::listener::Listener;

use self::{cors::Cors, telemetry::Measured};
use crate::{
    client_address::Proxies,
    config,
    gateway::{Destination, Gateway},
    grpc,
    problem::Rejection,
};
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use http_body::Body as _;
use patron_chassis::{
    config::Server,
    context::{Context, TRACEPARENT, Trace},
    status::Problem,
};
use std::{fmt::Write as _, net::IpAddr, panic::AssertUnwindSafe, sync::LazyLock, time::Duration};
use tokio::time::Instant;
use tracing::Instrument as _;

/// Connections at once: those of a busy day many times over. An idle one takes some 20 KiB.
const CONNECTIONS: usize = 8 * 1024;

/// Scripts, styles, fonts and data from here alone, nothing inline, no frames around us, forms to us only.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// What pages of ours may use of the device: nothing.
const DEVICE_PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), \
     microphone=(), midi=(), payment=(), publickey-credentials-get=(self), usb=()";

/// Headers that keep browsers from doing with our responses what we did not mean (OWASP, "HTTP Headers", 2026-01).
const SECURITY_HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
    // two years; browsers mind it over TLS only
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("permissions-policy"), DEVICE_PERMISSIONS),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// How much the edge takes, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Requests answered at once at each upstream.
    pub concurrency: usize,
    /// Connections at once; an eighth of them from one address, unless it is a proxy's that is believed.
    pub connections: usize,
    /// Time for an answer, once its request is there. Streams have none.
    pub deadline: Duration,
    /// Age at which a connection is asked to close.
    pub age: Duration,
    /// Time that requests under way have to end after that.
    pub grace: Duration,
}

impl Limits {
    /// What the settings of the listener say.
    pub fn of(server: &Server) -> Self {
        Self {
            concurrency: server.concurrency,
            connections: CONNECTIONS,
            deadline: server.deadline_ms.get(),
            age: server.connection_age_ms.get(),
            grace: server.grace_ms.get(),
        }
    }
}

/// The gateway behind everything that holds for all requests.
pub struct Edge {
    gateway: Gateway,
    cors: Cors,
    proxies: Proxies,
    deadline: Duration,
}

impl Edge {
    /// An edge within these limits.
    pub fn new(gateway: Gateway, config: &config::Browser, limits: Limits) -> Self {
        Self {
            gateway,
            cors: Cors::new(config.storefront_origins.clone()),
            proxies: config.trusted_proxies.clone(),
            deadline: limits.deadline,
        }
    }

    /// Whether connections from an address are those of many callers.
    fn is_proxy(&self, peer: IpAddr) -> bool {
        self.proxies.believes(peer.to_canonical())
    }

    /// Answers a request that came on a connection from `peer`.
    pub async fn answer<B>(&self, request: Request<B>, peer: IpAddr) -> Response
    where
        B: http_body::Body<Data = Bytes>,
    {
        let method = request.method().clone();
        // The route first: spans, metrics and CORS are about it, and to look it up costs next to nothing.
        let preflight = cors::preflight(&request);
        let wanted = preflight.as_ref().unwrap_or(&method);
        let destination = self.gateway.find(wanted, request.uri().path(), request.headers());
        // What can be understood in two ways leads nowhere, and no page may ask for it.
        let (destination, preflight) = match head::check(&request) {
            Ok(()) => (destination, preflight),
            Err(rejection) => (Destination::Rejected(rejection), None),
        };
        // The trace before anything that can fail, so that every failure has its id, a span and a place in the metrics.
        let mut trace = received(&request).unwrap_or_else(Trace::begin);
        let measured = Measured::begin(&destination, &method, &mut trace);
        let cors_headers = self.cors.headers(&request, &destination);
        let mut response = if preflight.is_some() {
            StatusCode::NO_CONTENT.into_response()
        } else {
            let context =
                Context { trace, deadline: Some(Instant::now() + self.deadline), authorization: None };
            let answered = self.answer_catching_panics(destination, request, peer);
            context.scope(answered.instrument(measured.span())).await
        };
        // From here on outwards, so that refusals too carry what browsers and callers need.
        let headers = response.headers_mut();
        protect(headers);
        cors_headers.apply(headers);
        headers.insert(TRACEPARENT, trace.to_header());
        measured.end(grpc::http_status(response.headers()).unwrap_or(response.status()));
        if method == Method::HEAD { without_body(response) } else { response }
    }

    /// Answers; a panic on the way is INTERNAL.
    async fn answer_catching_panics<B>(
        &self,
        destination: Destination<'_>,
        request: Request<B>,
        peer: IpAddr,
    ) -> Response
    where
        B: http_body::Body<Data = Bytes>,
    {
        let from = self.proxies.client_address(peer, request.headers());
        let answer = self.gateway.answer(destination, request, from);
        // The panic hook has logged it; the caller learns no more than that it happened.
        let answer = AssertUnwindSafe(answer).catch_unwind().await;
        answer.unwrap_or_else(|_| Rejection::from(Problem::internal("a request panicked")).into_response())
    }
}

/// What HEAD gets: the headers of the response, its length too, and nothing else.
fn without_body(response: Response) -> Response {
    // that there is nothing to say does not mean that GET would say nothing, as in 304
    let length = response.body().size_hint().exact().filter(|length| *length > 0);
    let mut response = response.map(|_| Body::empty());
    response.headers_mut().extend(length.map(|length| (header::CONTENT_LENGTH, length.into())));
    response
}

fn received<B>(request: &Request<B>) -> Option<Trace> {
    Trace::parse(request.headers().get(TRACEPARENT)?.as_bytes())
}

/// Adds the security headers. A response that says nothing of its keeping is kept nowhere: it is about a person.
fn protect(headers: &mut HeaderMap) {
    for (name, value) in &SECURITY_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// The security headers as lines of HTTP/1, for what is answered before there is a request.
static SECURITY_LINES: LazyLock<String> = LazyLock::new(|| {
    let mut lines = String::from("cache-control: no-store\r\n");
    for (name, value) in &SECURITY_HEADERS {
        // writing to a string does not fail
        let _ = write!(lines, "{name}: {value}\r\n");
    }
    lines
});
