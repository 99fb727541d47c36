//! Stopping without breaking what is under way.

use std::{sync::Arc, time::Duration};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::Notify,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{config, health::Health};

/// Time for background tasks to end after the last call. None of them needs it: they stop at their next turn, and what is cut
/// short is done again by another replica or the next start. Counts in the time that a cluster gives a process to stop.
const BACKGROUND: Duration = Duration::from_secs(2);

/// Where all that runs is known, so that it can be asked to stop and waited for. Cheap to clone.
#[derive(Clone, Default)]
pub struct Drain(Arc<Parts>);

#[derive(Default)]
struct Parts {
    /// Listeners: no new connections, GOAWAY on those there are.
    stopping: CancellationToken,
    /// Background tasks, which serve calls under way and so stop after them.
    background_stopping: CancellationToken,
    listeners: TaskTracker,
    writes: TaskTracker,
    background: TaskTracker,
    /// A background task is gone that the process cannot do without.
    failed: Notify,
}

impl Drain {
    /// Cancelled when calls under way are the last ones.
    pub fn stopping(&self) -> CancellationToken {
        self.0.stopping.clone()
    }

    /// Keeps the listener's future until it ends by itself after [`Self::stopping`].
    pub fn serve(&self, listener: impl Future<Output = ()> + Send + 'static) {
        self.0.listeners.spawn(listener);
    }

    /// Where writes run that outlive their callers.
    pub(crate) fn writes(&self) -> &TaskTracker {
        &self.0.writes
    }

    /// Runs a background task until its token is cancelled. One that ends before, with an error or by a
    /// panic, is logged by its name and takes the process down: half a process is worse than a restarted one.
    pub fn spawn<F, T>(&self, name: &'static str, task: T)
    where
        T: FnOnce(CancellationToken) -> F,
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let stop = self.0.background_stopping.clone();
        let running = self.0.background.spawn(task(stop.clone()));
        let this = self.clone();
        self.0.background.spawn(async move {
            match running.await {
                Ok(Ok(())) if stop.is_cancelled() => return,
                Ok(Ok(())) => tracing::error!(task = name, "background task ended"),
                Ok(Err(error)) => {
                    tracing::error!(task = name, error = format!("{error:#}"), "background task failed");
                }
                // The panic hook has logged it.
                Err(_) => tracing::error!(task = name, "background task panicked"),
            }
            this.0.failed.notify_one();
        });
    }

    /// Waits for SIGTERM, SIGINT or the end of a background task. `Ok` if it was a signal.
    pub async fn asked_to_stop(&self) -> anyhow::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok(()),
            () = self.0.failed.notified() => anyhow::bail!("a background task ended"),
        }
    }

    /// Stops: not serving, a pause for load balancers to notice, GOAWAY, calls under way, background tasks.
    /// Takes at most the pause, the grace and `BACKGROUND`.
    pub async fn stop(&self, health: &Health, config: &config::Server) {
        health.set_serving(false).await;
        tokio::time::sleep(config.drain_ms.get()).await;
        health.end_watches().await;
        self.0.stopping.cancel();
        wait("calls", config.grace_ms.get(), [&self.0.listeners, &self.0.writes]).await;
        self.stop_background().await;
    }

    /// Stops background tasks, of a process that answers no calls. Takes at most `BACKGROUND`.
    pub(crate) async fn stop_background(&self) {
        self.0.background_stopping.cancel();
        wait("background tasks", BACKGROUND, [&self.0.background]).await;
    }
}

async fn wait<const N: usize>(what: &str, grace: Duration, trackers: [&TaskTracker; N]) {
    let all = async {
        for tracker in trackers {
            tracker.close();
            tracker.wait().await;
        }
    };
    if tokio::time::timeout(grace, all).await.is_err() {
        tracing::warn!(what, "did not end in time");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn settings() -> config::Server {
        let variables = [("PATRON_SERVER_LISTEN", "[::]:0"), ("PATRON_SERVER_PROBE_LISTEN", "[::]:0")];
        config::load(&config::Source::from_iter(variables)).unwrap().0
    }

    #[tokio::test(start_paused = true)]
    async fn background_tasks_end_after_the_last_call_and_write() {
        let drain = Drain::default();
        let ended = Arc::new(Mutex::new(Vec::new()));
        let note = |what: &'static str| {
            let ended = ended.clone();
            move || ended.lock().unwrap().push(what)
        };
        let (call, write, task) = (note("call"), note("write"), note("task"));
        let stopping = drain.stopping();
        drain.serve(async move {
            stopping.cancelled().await;
            call();
        });
        drain.writes().spawn(async move {
            tokio::time::sleep(Duration::from_secs(10)).await;
            write();
        });
        drain.spawn("task", |stop| async move {
            stop.cancelled().await;
            task();
            Ok(())
        });
        drain.stop(&Health::new().await, &settings()).await;
        assert_eq!(*ended.lock().unwrap(), ["call", "write", "task"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_although_something_does_not() {
        let drain = Drain::default();
        drain.serve(std::future::pending());
        drain.spawn("task", |_| std::future::pending());
        let began = tokio::time::Instant::now();
        drain.stop(&Health::new().await, &settings()).await;
        let least = settings().drain_ms.get() + settings().grace_ms.get() + BACKGROUND;
        assert!((least..least + Duration::from_secs(1)).contains(&began.elapsed()), "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn a_background_task_that_ends_too_soon_takes_the_process_down() {
        let ends: [fn() -> anyhow::Result<()>; 3] =
            [|| Ok(()), || anyhow::bail!("it broke"), || panic!("it broke badly")];
        for end in ends {
            let drain = Drain::default();
            drain.spawn("task", |_| async move { end() });
            assert!(drain.asked_to_stop().await.is_err());
        }
    }
}
