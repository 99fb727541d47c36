//! Streams of replies: lines of JSON (NDJSON), or events of a browser's `EventSource` where it asks for them.
//!
//! A stream that fails after it began can no longer change its status. Its last line is `{"problem": {...}}`, its last event one
//! named `problem`, each with the problem details that a response would have had. A stream that ends without one is whole.
//!
//! One that has nothing to say sends an empty line, or a comment, every 15 seconds, which readers pass over.

use super::{
    headers, reply,
    route::Reply,
    schema::{MessageId, Schema},
};
use crate::{
    admission::Permit,
    problem::{Document, Rejection},
    response::pumped,
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

/// Silence after which a stream says that it is still there: proxies commonly close after 60 s of it.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Media types of both forms.
pub(super) const LINES: &str = "application/x-ndjson";
pub(super) const EVENTS: &str = "text/event-stream";

impl Form {
    /// What the caller accepts; lines unless it names events.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        if headers::names_type(headers, EVENTS) { Self::Events } else { Self::Lines }
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Lines => LINES,
            Self::Events => EVENTS,
        })
    }

    /// What says nothing but that the stream is still there.
    fn heartbeat(self) -> Bytes {
        Bytes::from_static(match self {
            Self::Lines => b"\n",
            Self::Events => b": \n\n",
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
        let json = document.to_json();
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
    permit: Permit,
) -> Result<Response, Rejection>
where
    S: Stream<Item = Result<Bytes, Status>> + Send + Unpin + 'static,
{
    let Reply::Json { message, name, .. } = *reply else { return joined(messages, permit).await };
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
    let mut response = Response::new(Body::from_stream(pumped(parts, permit)));
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
        let Ok(message) = tokio::time::timeout(HEARTBEAT, self.messages.next()).await else {
            return Some(self.form.heartbeat());
        };
        let part = message?.map_err(Rejection::from).and_then(|message| self.part(&message));
        self.ended = part.is_err();
        Some(part.unwrap_or_else(|problem| self.form.problem(&Document::from(&problem).traced(self.trace))))
    }

    fn part(&self, message: &[u8]) -> Result<Bytes, Rejection> {
        let json = reply::json(&self.schema, self.message, message)?;
        Ok(self.form.message(reply::text_of(message, self.name)?, &json))
    }
}

/// Content in several messages; the first names its type, and the file that it is. A failure on the way breaks the response off, since content has no
/// place for one.
async fn joined<S>(mut messages: S, permit: Permit) -> Result<Response, Rejection>
where
    S: Stream<Item = Result<Bytes, Status>> + Send + Unpin + 'static,
{
    let first = match messages.next().await {
        Some(first) => reply::content(first?)?,
        None => HttpBody::default(),
    };
    let head = reply::content_headers(&first);
    let rest = messages.and_then(|message| async { Ok(reply::content(message)?.data) });
    let data = stream::once(async { Ok::<_, Status>(first.data) }).chain(rest);
    let mut response = Response::new(Body::from_stream(pumped(data, permit)));
    response.headers_mut().extend(head);
    Ok(response)
}
