//! What every call made while answering a call must take along: the trace, the deadline and the caller's
//! token.
//!
//! The server's layers put it around the handler as a task-local; the client's layer and the log read it from
//! there. Handlers cannot forget to pass it on, and work outside a call (relays, resumed sagas) has none and
//! so acts in the service's own name. A task that a handler starts has none either unless it is started
//! [within](Context::scope) one.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use opentelemetry::{SpanId, TraceFlags, TraceId};
use patron_values::violation::Violation;
use tokio::{task::futures::TaskLocalFuture, time::Instant};

/// Header of the W3C recommendation "Trace Context" (2021).
pub const TRACEPARENT: &str = "traceparent";

/// Header of the gRPC protocol for the time a caller is willing to wait.
pub(crate) const GRPC_TIMEOUT: &str = "grpc-timeout";

tokio::task_local! {
    static CURRENT: Context;
}

/// What goes from a call to the calls made for it.
#[derive(Clone, Debug)]
pub struct Context {
    /// The trace it belongs to.
    pub trace: Trace,
    /// When the caller stops waiting; `None` for streams whose caller named no deadline.
    pub deadline: Option<Instant>,
    /// The caller's `authorization`, as it was sent.
    pub authorization: Option<HeaderValue>,
}

impl Context {
    /// Reads the headers of a call. A trace is begun if none is named; `wait` is the deadline of a caller who
    /// names none; the server refuses one that is malformed. Only a peer says whether its trace is recorded.
    pub fn of(headers: &HeaderMap, wait: Option<Duration>, peer: bool) -> Self {
        let timeout = timeout(headers).unwrap_or_default().or(wait);
        Self {
            trace: headers
                .get(TRACEPARENT)
                .and_then(|value| (if peer { Trace::of_peer } else { Trace::parse })(value.as_bytes()))
                .unwrap_or_else(Trace::begin),
            deadline: timeout.map(|timeout| Instant::now() + timeout),
            authorization: headers.get(AUTHORIZATION).cloned(),
        }
    }

    /// The context of the call being answered; `None` outside of one.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// The trace of the call being answered; `None` outside of one.
    pub fn current_trace() -> Option<Trace> {
        CURRENT.try_with(|context| context.trace).ok()
    }

    /// Runs a future within this context.
    pub fn scope<F: Future>(self, future: F) -> TaskLocalFuture<Self, F> {
        CURRENT.scope(self, future)
    }

    /// Runs something short within this context.
    pub fn within<T>(&self, run: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self.clone(), run)
    }

    /// Time left until the deadline.
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }
}

/// A place in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The trace.
    pub id: TraceId,
    /// The span above the next one.
    pub span: SpanId,
    /// Whether it is recorded.
    pub flags: TraceFlags,
    /// Whether there is such a span: the caller's, or one of ours. Otherwise the trace was only just begun.
    pub received: bool,
    /// Whether someone of the mesh decided if it is recorded. What a stranger says of that does not count.
    pub decided: bool,
}

impl Trace {
    /// A new trace, not recorded until some exporter says so.
    pub fn begin() -> Self {
        let (id, span) = random();
        Self { id, span, flags: TraceFlags::default(), received: false, decided: false }
    }

    /// A place that was written down: ids in hexadecimal digits, recorded. `None` unless both are valid.
    pub fn of(id: &str, span: &str) -> Option<Self> {
        let (id, span) = (TraceId::from_hex(id).ok()?, SpanId::from_hex(span).ok()?);
        let trace = Self { id, span, flags: TraceFlags::SAMPLED, received: true, decided: true };
        (id != TraceId::INVALID && span != SpanId::INVALID).then_some(trace)
    }

    /// Reads the `traceparent` of a stranger, who names the trace and no more; `None` unless it is valid.
    pub fn parse(header: &[u8]) -> Option<Self> {
        let trace = Self::of_peer(header)?;
        Some(Self { flags: TraceFlags::default(), decided: false, ..trace })
    }

    /// Reads the `traceparent` of a peer, which has decided whether the trace is recorded.
    fn of_peer(header: &[u8]) -> Option<Self> {
        // version 2, trace id 32, parent id 16 and flags 2 hexadecimal digits; later versions may add more
        // after a dash.
        let (known, more) = header.split_at_checked(55)?;
        let later = match &known[..2] {
            b"00" => more.is_empty(),
            b"ff" => false,
            _ => more.is_empty() || more[0] == b'-',
        };
        let dashes = known[2] == b'-' && known[35] == b'-' && known[52] == b'-';
        if !later || !dashes || known.iter().any(u8::is_ascii_uppercase) {
            return None;
        }
        let (mut version, mut id, mut span, mut flags) = ([0], [0; 16], [0; 8], [0]);
        hex::decode_to_slice(&known[..2], &mut version).ok()?;
        hex::decode_to_slice(&known[3..35], &mut id).ok()?;
        hex::decode_to_slice(&known[36..52], &mut span).ok()?;
        hex::decode_to_slice(&known[53..], &mut flags).ok()?;
        let trace = Self {
            id: TraceId::from_bytes(id),
            span: SpanId::from_bytes(span),
            flags: TraceFlags::new(flags[0]),
            received: true,
            decided: true,
        };
        (trace.id != TraceId::INVALID && trace.span != SpanId::INVALID).then_some(trace)
    }

    /// The `traceparent` that says this.
    pub fn to_header(self) -> HeaderValue {
        header(&format!("00-{}-{}-{:02x}", self.id, self.span, self.flags))
    }
}

/// Ids nobody has, from one draw of random bytes.
pub(crate) fn random() -> (TraceId, SpanId) {
    let mut bytes = [0; 24];
    aws_lc_rs::rand::fill(&mut bytes).expect("the generator is seeded when the process starts");
    let id = bytes.first_chunk().expect("24 bytes hold 16");
    let span = bytes.last_chunk().expect("24 bytes hold 8");
    (TraceId::from_bytes(*id), SpanId::from_bytes(*span))
}

fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("digits, letters and dashes are header text")
}

/// How long a call says it waits, if it does.
pub fn timeout(headers: &HeaderMap) -> Result<Option<Duration>, Violation> {
    let Some(value) = headers.get(GRPC_TIMEOUT) else { return Ok(None) };
    let timeout = value.to_str().ok().and_then(parse_timeout);
    let malformed = || Violation::new(GRPC_TIMEOUT, "one to eight digits and one of H, M, S, m, u and n");
    timeout.map(Some).ok_or_else(malformed)
}

/// Reads a `grpc-timeout`: one to eight digits and a unit. `None` if it is malformed.
fn parse_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(count * 3_600),
        "M" => Duration::from_secs(count * 60),
        "S" => Duration::from_secs(count),
        "m" => Duration::from_millis(count),
        "u" => Duration::from_micros(count),
        "n" => Duration::from_nanos(count),
        _ => return None,
    })
}

/// The `grpc-timeout` that says this, in milliseconds as long as they fit.
pub(crate) fn timeout_header(timeout: Duration) -> HeaderValue {
    const MOST: u128 = 99_999_999;
    header(&if timeout.as_millis() <= MOST {
        format!("{}m", timeout.as_millis())
    } else {
        format!("{}S", timeout.as_secs().min(99_999_999))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_traceparent_round_trips() {
        let trace = Trace::of_peer(HEADER.as_bytes()).unwrap();
        assert_eq!(trace.id.to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert!(trace.flags.is_sampled());
        assert_eq!(trace.to_header(), HEADER);
        let later = format!("01{}-new", &HEADER[2..]);
        assert_eq!(Trace::of_peer(later.as_bytes()), Some(trace));
    }

    #[test]
    fn a_stranger_names_a_trace_and_does_not_say_whether_it_is_recorded() {
        let headers =
            HeaderMap::from_iter([(http::HeaderName::from_static(TRACEPARENT), HEADER.parse().unwrap())]);
        let (peer, stranger) =
            (Context::of(&headers, None, true).trace, Context::of(&headers, None, false).trace);
        assert_eq!((peer.id, peer.span), (stranger.id, stranger.span));
        assert!(peer.flags.is_sampled() && peer.decided);
        assert!(!stranger.flags.is_sampled() && !stranger.decided);
    }

    #[test]
    fn what_is_no_traceparent_begins_a_trace() {
        for wrong in [
            "",
            "00",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
            "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
        ] {
            assert_eq!(Trace::parse(wrong.as_bytes()), None, "{wrong}");
        }
        assert_ne!(Context::of(&HeaderMap::new(), None, false).trace.id, TraceId::INVALID);
    }

    #[test]
    fn timeouts_are_read_in_every_unit() {
        for (text, expected) in [
            ("1H", Some(3_600_000)),
            ("2M", Some(120_000)),
            ("3S", Some(3_000)),
            ("99999999m", Some(99_999_999)),
            ("5000u", Some(5)),
            ("6000000n", Some(6)),
            ("", None),
            ("m", None),
            ("5", None),
            ("-5m", None),
            ("5é", None),
            ("100000000m", None),
        ] {
            assert_eq!(parse_timeout(text).map(|timeout| timeout.as_millis()), expected, "{text}");
        }
        assert_eq!(timeout_header(Duration::from_micros(4_950_300)), "4950m");
        assert_eq!(timeout_header(Duration::from_secs(200_000)), "200000S");
    }

    #[tokio::test]
    async fn a_context_holds_for_its_future_only() {
        let context = Context::of(&HeaderMap::new(), None, false);
        let trace = context.trace;
        assert_eq!(context.scope(async { Context::current_trace() }).await, Some(trace));
        assert!(Context::current().is_none());
    }
}
