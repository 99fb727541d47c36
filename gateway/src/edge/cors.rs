//! What pages of storefronts may call (Fetch Standard, "CORS protocol"): what a customer may, and with a token that they show, since
//! cookies are not sent from other sites.

use crate::{
    gateway::Destination,
    origin::Origins,
    transcode::{Route, Target},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use patron_proto::access::v1::Permission;

/// Permissions of the role that customers have. Source: the project's table of roles.
const OF_CUSTOMERS: [Permission; 6] = [
    Permission::CustomerRead,
    Permission::CustomerUpdate,
    Permission::AddressRead,
    Permission::AddressWrite,
    Permission::GroupRead,
    Permission::ActivityRead,
];

/// Headers that a page may send.
const TAKEN: &str = "authorization, content-type, grpc-timeout, idempotency-key, if-match, if-none-match, last-event-id, \
    patron-consistency-token, traceparent, x-grpc-web, x-user-agent";

/// Headers that a page may read besides those that every page may.
const SHOWN: &str = "etag, grpc-message, grpc-status, grpc-status-details-bin, location, patron-behind, \
    patron-consistency-token, retry-after, traceparent";

/// How long a browser may keep the answer to a preflight, in seconds: what Chromium keeps at most.
const KEPT_S: &str = "7200";

/// Origins of storefronts.
pub(super) struct Cors {
    storefronts: Origins,
}

/// The headers by which a browser knows whether a page may read a response.
pub(super) struct CorsHeaders {
    /// The page that may read it.
    origin: Option<HeaderValue>,
    /// The method asked for in a preflight.
    preflight: Option<HeaderValue>,
}

/// The method that a browser asks for before it sends a page's request.
pub(super) fn preflight<B>(request: &Request<B>) -> Option<Method> {
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
    let preflight = request.method() == Method::OPTIONS && request.headers().contains_key(header::ORIGIN);
    Method::from_bytes(asked.as_bytes()).ok().filter(|_| preflight)
}

impl Cors {
    pub(super) fn new(storefronts: Origins) -> Self {
        Self { storefronts }
    }

    /// Decides whether the page that sends a request may read the response, or in a preflight may send it.
    pub(super) fn headers<B>(&self, request: &Request<B>, destination: &Destination<'_>) -> CorsHeaders {
        let headers = request.headers();
        let known =
            |origin: &&HeaderValue| origin.to_str().is_ok_and(|origin| self.storefronts.contains(origin));
        let open = match destination {
            Destination::Api(Target::Rpc(route, _) | Target::Grpc(route)) => is_for_customers(route),
            Destination::Api(Target::Options(_)) | Destination::Rejected(_) => true,
            Destination::Page(_) => false,
        };
        let origin = headers.get(header::ORIGIN).filter(|_| open).filter(known).cloned();
        let preflight =
            preflight(request).and_then(|_| headers.get(header::ACCESS_CONTROL_REQUEST_METHOD).cloned());
        CorsHeaders { origin, preflight }
    }
}

impl CorsHeaders {
    /// Adds them. Without a storefront's origin there are none, and browsers keep the response from the page.
    pub(super) fn apply(self, headers: &mut HeaderMap) {
        headers.append(header::VARY, HeaderValue::from_static("origin"));
        let Some(origin) = self.origin else { return };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let mut add = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
        match self.preflight {
            None => {
                add(header::ACCESS_CONTROL_EXPOSE_HEADERS, SHOWN);
            }
            Some(method) => {
                add(header::ACCESS_CONTROL_ALLOW_HEADERS, TAKEN);
                add(header::ACCESS_CONTROL_MAX_AGE, KEPT_S);
                headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, method);
            }
        }
    }
}

fn is_for_customers(route: &Route) -> bool {
    route.access.public || route.access.signed_in || OF_CUSTOMERS.contains(&route.access.permission())
}
