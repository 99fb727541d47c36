//! Cuts readers of a response that do not read.

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use patron_chassis::status::Problem;
use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use tonic::Status;

/// Time for a reader to take a part: a page in the background still does it at once, and a lost phone never.
const STUCK: Duration = Duration::from_secs(30);

/// The same parts, read from their source by a task: a response is not polled while its reader takes nothing, so it cannot notice by
/// itself. Where the reader takes nothing for [`STUCK`], the task frees the source and `held`, and the body ends with an error, so that
/// it is not mistaken for a whole one.
pub(crate) fn pumped<S>(
    parts: S,
    held: impl Send + 'static,
) -> impl Stream<Item = Result<Bytes, Status>> + Send
where
    S: Stream<Item = Result<Bytes, Status>> + Send + 'static,
{
    // one part waits here, so that memory is bounded by that of two parts
    let (sender, receiver) = mpsc::channel(1);
    let cut = Arc::new(AtomicBool::new(false));
    let noted = cut.clone();
    TaskTracker::new().spawn(async move {
        let _held = held;
        let mut parts = pin!(parts);
        loop {
            let part = tokio::select! {
                // the reader is gone
                () = sender.closed() => return,
                part = parts.next() => part,
            };
            let Some(part) = part else { return };
            match tokio::time::timeout(STUCK, sender.send(part)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return,
                Err(_) => {
                    noted.store(true, Ordering::Release);
                    return;
                }
            }
        }
    });
    stream::unfold(Some(receiver), move |receiver| {
        let cut = cut.clone();
        async move {
            let mut receiver = receiver?;
            match receiver.recv().await {
                Some(part) => Some((part, Some(receiver))),
                None => cut.load(Ordering::Acquire).then(|| (Err(Problem::Late.into()), None)),
            }
        }
    })
}
