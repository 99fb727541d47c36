//! Takes the body of a request in, within bounds.

use crate::{admission::BodyMemory, problem::Rejection};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, header};
use http_body::Body;
use http_body_util::BodyExt as _;
use patron_chassis::status::Problem;
use std::{pin::Pin, time::Duration};

/// The form of bodies but for those of gRPC. Only JSON is taken: forms of other pages can send everything that browsers send without asking first.
pub(crate) const MEDIA_TYPE: &str = "application/json";

/// The one coding of bodies. What is compressed could be many times as long as it seems.
pub(crate) const IDENTITY: &str = "identity";

/// Longest body, in bytes: what the services take as a message.
pub(crate) const LONGEST: usize = 1024 * 1024;

/// How much beyond that is read and thrown away, in bytes: whoever is cut off while sending may not get to see the answer that
/// says why, and over HTTP/2 what still comes would count against the connection, which others share. Who sends even more is cut
/// off.
const DISCARDED: usize = LONGEST;

/// Time for a whole body to arrive. Without it a caller who sends a byte now and then holds its memory for ever.
const TIME: Duration = Duration::from_secs(30);

/// Time for the rest of a body that nobody wants. It takes no memory, and the answer waits for it.
const DISCARD_TIME: Duration = Duration::from_secs(5);

/// A body that was read, and the memory it is counted with.
pub(crate) struct Read {
    pub(crate) text: Bytes,
    _memory: Option<BodyMemory>,
}

/// Reads a body whole. Empty where there is none; `memory` is asked for where there is one. Fails with 415 where its type is not the
/// one that is taken.
pub(crate) async fn read<B>(
    headers: &HeaderMap,
    body: Pin<&mut B>,
    check_type: impl FnOnce(&HeaderMap) -> Result<(), Rejection>,
    memory: impl FnOnce() -> Result<BodyMemory, Problem>,
) -> Result<Read, Rejection>
where
    B: Body<Data = Bytes>,
{
    if body.is_end_stream() {
        return Ok(Read { text: Bytes::new(), _memory: None });
    }
    if headers.get_all(header::CONTENT_ENCODING).iter().any(|coding| !is_identity(coding)) {
        return Err(Rejection::Compressed);
    }
    check_type(headers)?;
    if announced(&*body) > LONGEST + DISCARDED {
        return Err(Rejection::LongBody);
    }
    tokio::time::timeout(TIME, collect(body, memory()?)).await.map_err(|_| Rejection::SlowBody)?
}

async fn collect<B: Body<Data = Bytes>>(
    mut body: Pin<&mut B>,
    mut memory: BodyMemory,
) -> Result<Read, Rejection> {
    let mut text = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // the caller went away or broke the protocol: nobody reads this answer
        let frame = frame.map_err(|_| Rejection::from(Problem::invalid("", "the body broke off")))?;
        let Ok(data) = frame.into_data() else { continue };
        if text.len() + data.len() > LONGEST {
            return Err(Rejection::LongBody);
        }
        memory.hold(text.len() + data.len())?;
        text.extend_from_slice(&data);
    }
    Ok(Read { text: text.freeze(), _memory: Some(memory) })
}

/// Reads what is left of a body and throws it away, as far as that is worth it. A caller that waits for 100 Continue (RFC 9110,
/// 10.1.1) has not begun, and gets the answer instead.
pub(crate) async fn discard<B: Body<Data = Bytes>>(headers: &HeaderMap, mut body: Pin<&mut B>) {
    if body.is_end_stream() || headers.contains_key(header::EXPECT) || announced(&*body) > LONGEST + DISCARDED
    {
        return;
    }
    let mut left = LONGEST + DISCARDED;
    let rest = async {
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                break;
            }
        }
    };
    // late or not, the answer goes out now
    let _ = tokio::time::timeout(DISCARD_TIME, rest).await;
}

fn announced(body: &impl Body) -> usize {
    usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX)
}

fn is_identity(coding: &HeaderValue) -> bool {
    coding.as_bytes().eq_ignore_ascii_case(IDENTITY.as_bytes())
}

/// Fails with 415 where a body is not said to be JSON in UTF-8.
pub(crate) fn check_json(headers: &HeaderMap) -> Result<(), Rejection> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if value.is_some_and(is_json) { Ok(()) } else { Err(Rejection::MediaType(MEDIA_TYPE)) }
}

fn is_json(value: &str) -> bool {
    let mut parts = value.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let charset =
        parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case("charset"));
    kind.eq_ignore_ascii_case(MEDIA_TYPE)
        && charset.is_none_or(|(_, name)| name.trim_matches('"').eq_ignore_ascii_case("utf-8"))
}
