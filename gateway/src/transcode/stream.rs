//! Streams of replies: lines of JSON (NDJSON), or events of a browser's `EventSource` where it asks for them.
//!
//! A stream that fails after it began can no longer change its status. Its last line is `{"problem": {...}}`, its last event one
//! named `problem`, each with the problem details that a response would have had. A stream that ends without one is whole.

use super::{
    pump::pumped,
    reply::{self, malformed},
    route::Reply,
    schema::{MessageId, Schema},
    wire, write,
};
use crate::{
    admission::Place,
    problem::{Document, Rejection},
};
use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use http::{HeaderMap, HeaderValue, header};
use patron_chassis::context::{Context, Trace};
use patron_proto::google::api::HttpBody;
use std::{sync::Arc, time::Duration};
use tonic::Status;

/// How a stream is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Lines,
    Events,
}

/// Silence after which an event stream says that it is still there: proxies commonly close after 60 s of it.
const HEARTBEAT: Duration = Duration::from_secs(15);

impl Form {
    /// What the caller accepts; lines unless it names events.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let events = accepted.flat_map(|value| value.split(',')).any(|range| {
            range.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
        });
        if events { Self::Events } else { Self::Lines }
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Lines => "application/x-ndjson",
            Self::Events => "text/event-stream",
        })
    }

    fn message(self, name: Option<&str>, json: &[u8]) -> Bytes {
        match self {
            Self::Lines => [json, b"\n"].concat().into(),
            // comes back as Last-Event-ID when the browser connects again
            Self::Events => match name {
                Some(name) => [b"id: ", name.as_bytes(), b"\ndata: ", json, b"\n\n"].concat().into(),
                None => [b"data: ", json, b"\n\n"].concat().into(),
            },
        }
    }

    fn problem(self, document: &Document) -> Bytes {
        let json = serde_json::to_string(document).expect("strings and numbers are JSON");
        match self {
            Self::Lines => format!("{{\"problem\":{json}}}\n").into(),
            Self::Events => format!("event: problem\ndata: {json}\n\n").into(),
        }
    }
}

/// The response that holds a stream of messages, and ends with it: when this process stops, a browser connects again to one that
/// stays.
pub(super) async fn response<S>(
    schema: &Arc<Schema>,
    reply: &Reply,
    form: Form,
    messages: S,
    place: Place,
) -> Result<Response, Rejection>
where
    S: Stream<Item = Result<Bytes, Status>> + Send + Unpin + 'static,
{
    let Reply::Json { message, name, .. } = *reply else { return joined(messages, place).await };
    let writer = Writer {
        messages,
        schema: schema.clone(),
        message,
        name,
        form,
        trace: Context::current_trace(),
        ended: false,
    };
    let parts = stream::unfold(writer, |mut writer| async {
        writer.next().await.map(|part| (Ok::<_, Status>(part), writer))
    });
    let mut response = Response::new(Body::from_stream(pumped(parts, place)));
    response.headers_mut().insert(header::CONTENT_TYPE, form.content_type());
    Ok(response)
}

struct Writer<S> {
    messages: S,
    schema: Arc<Schema>,
    message: MessageId,
    name: Option<u32>,
    form: Form,
    trace: Option<Trace>,
    ended: bool,
}

impl<S: Stream<Item = Result<Bytes, Status>> + Unpin> Writer<S> {
    async fn next(&mut self) -> Option<Bytes> {
        if self.ended {
            return None;
        }
        let message = match self.form {
            Form::Lines => self.messages.next().await?,
            Form::Events => match tokio::time::timeout(HEARTBEAT, self.messages.next()).await {
                Ok(message) => message?,
                // a comment, which browsers skip
                Err(_) => return Some(Bytes::from_static(b": \n\n")),
            },
        };
        let part = message.map_err(Rejection::from).and_then(|message| self.part(&message));
        self.ended = part.is_err();
        Some(part.unwrap_or_else(|problem| self.form.problem(&Document::from(&problem).traced(self.trace))))
    }

    fn part(&self, message: &[u8]) -> Result<Bytes, Rejection> {
        let mut json = Vec::with_capacity(reply::capacity(message.len()));
        write::write(&self.schema, self.message, message, &mut json).map_err(malformed)?;
        let name = match self.name {
            Some(number) => wire::text_field(message, number).map_err(malformed)?,
            None => None,
        };
        Ok(self.form.message(name, &json))
    }
}

/// Content in several messages; the first names its type. A failure on the way breaks the response off, since content has no
/// place for one.
async fn joined<S>(mut messages: S, place: Place) -> Result<Response, Rejection>
where
    S: Stream<Item = Result<Bytes, Status>> + Send + Unpin + 'static,
{
    let first = match messages.next().await {
        Some(first) => reply::content(first?)?,
        None => HttpBody::default(),
    };
    let content_type = reply::media_type(&first.content_type);
    let rest = messages.and_then(|message| async { Ok(reply::content(message)?.data) });
    let data = stream::once(async { Ok::<_, Status>(first.data) }).chain(rest);
    let mut response = Response::new(Body::from_stream(pumped(data, place)));
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    Ok(response)
}
