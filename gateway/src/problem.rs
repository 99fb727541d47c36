//! Refusals: which there are, and how they are answered, as problem details (RFC 9457).

mod document;

pub use self::document::Document;
pub(crate) use self::document::{grpc_status, http_status};

use crate::body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use patron_chassis::status::Problem;
use tonic::Status;

/// Media type of problem details.
pub const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// A request that is answered with a problem.
#[derive(Debug)]
pub enum Rejection {
    /// What a service answered, or would.
    Status(Box<Status>),
    /// The session of the browser has ended; the cookie that makes it forget its secret.
    SignedOut(Option<HeaderValue>),
    /// The path exists with other methods only; the value of `Allow`.
    Method(HeaderValue),
    /// The caller accepts no form that the answer could have; one that it has.
    NotAcceptable(&'static str),
    /// The body is not of the media type that is taken here.
    MediaType(&'static str),
    /// The body is compressed.
    Compressed,
    /// The body did not arrive in time.
    SlowBody,
    /// The body is longer than is taken.
    LongBody,
    /// Path and query are longer than is taken.
    LongTarget,
    /// The headers are longer than is taken.
    LongHeaders,
    /// A page of another site may have sent it.
    CrossSite(&'static str),
}

impl From<Status> for Rejection {
    fn from(status: Status) -> Self {
        Self::Status(Box::new(status))
    }
}

impl From<Problem> for Rejection {
    fn from(problem: Problem) -> Self {
        Status::from(problem).into()
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let document = Document::from(&self);
        let status = document.status();
        let mut response = (status, document.to_json()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
        if let Some(wait) = document.retry_after() {
            // the header counts whole seconds; earlier would be too early
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        match self {
            Self::Method(allow) => headers.extend([(header::ALLOW, allow)]),
            // what to send instead (RFC 9110, 15.5.16)
            Self::MediaType(taken) => headers.extend([(header::ACCEPT, HeaderValue::from_static(taken))]),
            Self::Compressed => {
                headers.extend([(header::ACCEPT_ENCODING, HeaderValue::from_static(body::IDENTITY))]);
            }
            Self::SignedOut(cookie) => headers.extend(cookie.map(|cookie| (header::SET_COOKIE, cookie))),
            _ => {}
        }
        response
    }
}
