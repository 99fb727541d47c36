//! Responses of gRPC: HTTP says 200 whatever happened, and the status says what did.

use super::Framing;
use crate::{
    problem::{self, Rejection},
    response::pumped,
};
use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream as streams};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::BodyExt as _;
use patron_chassis::status::Problem;
use std::{
    future::ready,
    sync::{Arc, OnceLock},
};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

const GRPC_STATUS: &str = "grpc-status";

/// The response that holds one message, before it is paced; [`finish`] comes after that.
pub(crate) fn unary(framing: Framing, message: &[u8]) -> http::Response<Bytes> {
    let (data, end) = (framing.data(message), framing.end(&done()));
    let mut response = http::Response::new(end.map_or(data.clone(), |end| [data, end].concat().into()));
    response.headers_mut().insert(header::CONTENT_TYPE, framing.content_type());
    response
}

/// The same with the trailers that say that it is whole, where the framing has these.
pub(crate) fn finish(framing: Framing, response: Response) -> Response {
    if framing != Framing::Grpc {
        return response;
    }
    response.map(|body| Body::new(body.with_trailers(ready(Some(Ok(done()))))))
}

/// The response that holds a stream of messages and then its status. At `stop` that is UNAVAILABLE: another copy can go on. `held` is
/// kept as long as it lasts.
pub(crate) fn stream<S>(
    framing: Framing,
    messages: S,
    held: impl Send + 'static,
    stop: CancellationToken,
) -> Response
where
    S: Stream<Item = Result<Bytes, Status>> + Send + Unpin + 'static,
{
    let ending = Arc::new(OnceLock::new());
    let noted = ending.clone();
    let messages = messages.take_until(stop.clone().cancelled_owned()).map(Some).chain(streams::iter([None]));
    let parts = messages.scan(false, move |ended, message| {
        let part = match message {
            _ if *ended => None,
            Some(Ok(message)) => Some(framing.data(&message)),
            last => {
                *ended = true;
                let trailers = trailers_after(last.and_then(Result::err), &stop);
                let end = framing.end(&trailers).unwrap_or_default();
                // it is set here alone, and once
                let _ = noted.set(trailers);
                Some(end)
            }
        };
        ready(part.map(Ok))
    });
    let body = Body::from_stream(pumped(parts, held));
    let mut response = Response::new(match framing {
        Framing::Grpc => Body::new(body.with_trailers(async move { ending.get().cloned().map(Ok) })),
        Framing::Web | Framing::WebText => body,
    });
    response.headers_mut().insert(header::CONTENT_TYPE, framing.content_type());
    response
}

fn trailers_after(error: Option<Status>, stop: &CancellationToken) -> HeaderMap {
    match error {
        Some(status) => of(&problem::grpc_status(&status.into())),
        None if stop.is_cancelled() => of(&Problem::Unavailable.into()),
        None => done(),
    }
}

/// The response to what is refused: its status alone, in headers.
pub(crate) fn refuse(framing: Framing, rejection: &Rejection) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.extend(of(&problem::grpc_status(rejection)));
    headers.insert(header::CONTENT_TYPE, framing.content_type());
    if let Rejection::SignedOut(Some(cookie)) = rejection {
        headers.insert(header::SET_COOKIE, cookie.clone());
    }
    response
}

/// What HTTP would say of a refusal: metrics and spans tell by it what came of a request. None where nothing was refused at once.
pub(crate) fn http_status(headers: &HeaderMap) -> Option<StatusCode> {
    headers.get(GRPC_STATUS).map(|code| problem::http_status(Code::from_bytes(code.as_bytes())))
}

fn done() -> HeaderMap {
    HeaderMap::from_iter([(header::HeaderName::from_static(GRPC_STATUS), HeaderValue::from_static("0"))])
}

fn of(status: &Status) -> HeaderMap {
    let mut headers = HeaderMap::new();
    // what cannot be said in headers is left out, and the code remains
    if status.add_header(&mut headers).is_err() {
        headers.insert(GRPC_STATUS, HeaderValue::from(i32::from(status.code())));
    }
    headers
}
