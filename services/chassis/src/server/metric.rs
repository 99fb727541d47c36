//! Rate, errors and duration of every RPC.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Histogram},
};
use tonic::Code;

use crate::status::{Problem, code_name};

/// Canonical codes there are (google.rpc.Code).
const CODES: usize = 17;

/// Upper bounds of the histogram, in seconds. Source: OpenTelemetry semantic conventions,
/// `rpc.server.call.duration`.
const BOUNDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    global::meter("patron")
        .f64_histogram("rpc.server.call.duration")
        .with_unit("s")
        .with_description("Time to answer calls, by method and code")
        .with_boundaries(BOUNDS.to_vec())
        .build()
});

/// When a refused caller should try again: about the time in which calls under way end.
const SHED_RETRY_AFTER: Duration = Duration::from_millis(100);

static SHED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    global::meter("patron")
        .u64_counter("rpc.server.shed")
        .with_description("Calls refused because too many were being answered")
        .build()
});

/// Counts a call that is refused for load, and says so.
pub(crate) fn shed() -> Problem {
    SHED.add(1, &[]);
    Problem::Limit { retry_after: SHED_RETRY_AFTER }
}

/// Durations of one RPC. Its attributes are made once, so that recording allocates nothing.
pub(crate) struct Durations {
    by_code: [[KeyValue; 3]; CODES],
}

impl Durations {
    pub(crate) fn of(method: &str) -> Self {
        let method = opentelemetry::StringValue::from(Arc::<str>::from(method));
        Self {
            by_code: std::array::from_fn(|code| {
                let code = Code::from_i32(i32::try_from(code).unwrap_or_default());
                [
                    KeyValue::new("rpc.system.name", "grpc"),
                    KeyValue::new("rpc.method", method.clone()),
                    KeyValue::new("rpc.response.status_code", code_name(code)),
                ]
            }),
        }
    }

    pub(crate) fn record(&self, code: Code, took: Duration) {
        DURATION.record(took.as_secs_f64(), &self.by_code[code as usize]);
    }
}
