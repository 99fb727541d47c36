//! Calls that are made again where their answer asks for it, as every caller of Patron makes them.

use patron_tests::{Answer, until};
use serde_json::Value;
use std::time::Duration;

/// How long to go on: longer than a process or Postgres takes to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// The body of a success, with calls until none says to try again.
pub(crate) async fn patiently(what: &str, call: impl AsyncFn() -> Answer) -> Value {
    patient(what, call).await.ok()
}

/// The first answer that does not say to try again.
pub(crate) async fn patient(what: &str, call: impl AsyncFn() -> Answer) -> Answer {
    until(what, PATIENCE, async || {
        let answer = call().await;
        (!may_be_tried_again(&answer)).then_some(answer)
    })
    .await
}

/// Whether it is not known what became of a call, or it came too early.
pub(crate) fn may_be_tried_again(answer: &Answer) -> bool {
    matches!(answer.status.as_u16(), 429 | 503 | 504)
}
