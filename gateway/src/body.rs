//! Takes the body of a request in, within bounds.

use crate::problem::Refusal;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use http_body::Body;
use http_body_util::BodyExt as _;
use patron_chassis::status::Problem;
use std::{pin::pin, time::Duration};

/// Longest body, in bytes: what the services take as a message.
const LONGEST: usize = 1024 * 1024;

/// How much beyond that is read and thrown away, in bytes: whoever is cut off while sending may not get to see the answer that
/// says why. Who sends even more is cut off.
const SPILLED: usize = LONGEST;

/// Time for a whole body to arrive. Without it a caller who sends a byte now and then holds a place for ever.
const TIME: Duration = Duration::from_secs(30);

/// Reads a body of JSON whole. Empty where there is none.
pub(crate) async fn read<B>(headers: &HeaderMap, body: B) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes>,
{
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    if !is_json(headers) {
        return Err(Refusal::MediaType);
    }
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > LONGEST + SPILLED {
        return Err(too_long());
    }
    tokio::time::timeout(TIME, collect(body)).await.map_err(|_| Refusal::SlowBody)?
}

async fn collect<B: Body<Data = Bytes>>(body: B) -> Result<Bytes, Refusal> {
    let mut body = pin!(body);
    let (mut text, mut length) = (BytesMut::new(), 0);
    while let Some(frame) = body.frame().await {
        // the caller went away or broke the protocol: nobody reads this answer
        let frame = frame.map_err(|_| Refusal::from(Problem::invalid("", "the body broke off")))?;
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        if length > LONGEST + SPILLED {
            return Err(too_long());
        }
        if length <= LONGEST {
            text.extend_from_slice(&data);
        }
    }
    if length > LONGEST { Err(too_long()) } else { Ok(text.freeze()) }
}

fn too_long() -> Refusal {
    Problem::invalid("", "the body is longer than 1 MiB").into()
}

/// Only JSON is taken: forms of other pages can send everything that browsers send without asking first.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let charset =
        parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case("charset"));
    kind.eq_ignore_ascii_case("application/json")
        && charset.is_none_or(|(_, name)| name.trim_matches('"').eq_ignore_ascii_case("utf-8"))
}
