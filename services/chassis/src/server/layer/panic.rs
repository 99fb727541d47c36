//! Turns a panic into an answer. The panic hook of [`crate::telemetry`] has logged it, with the trace id,
//! where it happened.

use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use tonic::Status;

use super::Reply;
use crate::status::Problem;

pub(super) async fn catch(call: impl Future<Output = Result<Reply, Status>>) -> Result<Reply, Status> {
    // What the call held is dropped and never looked at again; what calls share survives panics (no lock is held across
    // user code).
    AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(|_| Err(Problem::Panicked.into()))
}
