//! Lets a write end once it has begun. A caller who goes away drops the call, and dropping a transaction
//! between two statements is neither done nor undone in time; a task of its own is.

use tokio_util::task::TaskTracker;
use tonic::Status;
use tracing::Instrument as _;

use super::Reply;
use crate::{context::Context, status::Problem};

pub(super) async fn finish(
    writes: &TaskTracker,
    context: Context,
    write: impl Future<Output = Result<Reply, Status>> + Send + 'static,
) -> Result<Reply, Status> {
    let write = writes.spawn(context.scope(write).instrument(tracing::Span::current()));
    match write.await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(answer) => answer,
        // The panic layer answers.
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // The runtime is going down, and the connection with it.
        Err(Err(_)) => Err(Problem::Unavailable.into()),
    }
}
