//! Answers in time: DEADLINE_EXCEEDED when the caller has stopped waiting, whatever the handler is doing.

use tokio::time::{Instant, timeout_at};
use tonic::Status;

use super::Reply;
use crate::status::Problem;

pub(super) async fn answer(
    deadline: Option<Instant>,
    call: impl Future<Output = Result<Reply, Status>>,
) -> Result<Reply, Status> {
    match deadline {
        Some(deadline) => timeout_at(deadline, call).await.unwrap_or_else(|_| Err(Problem::Late.into())),
        None => call.await,
    }
}
