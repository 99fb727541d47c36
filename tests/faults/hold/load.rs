//! Requests that come at a steady rate, whatever becomes of them.

use futures::{StreamExt as _, stream};
use http::{StatusCode, header::RETRY_AFTER};
use reqwest::RequestBuilder;
use std::{
    future::Future,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::time::{Instant, sleep_until};

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was done.
    Done,
    /// It was refused for the moment, and said when to come again.
    Later,
    /// It was answered in another way.
    Failed(StatusCode),
    /// It was not answered.
    Broken,
}

impl Outcome {
    /// Sends a request and reads the answer to its end.
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let Ok(response) = request.send().await else { return Self::Broken };
        let (status, names_a_time) = (response.status(), response.headers().contains_key(RETRY_AFTER));
        match response.bytes().await {
            Ok(_) if status.is_success() => Self::Done,
            Ok(_) if names_a_time && status == StatusCode::SERVICE_UNAVAILABLE => Self::Later,
            Ok(_) => Self::Failed(status),
            Err(_) => Self::Broken,
        }
    }
}

/// One request of a load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<K> {
    /// What was asked.
    pub(crate) kind: K,
    /// When it was due, after the beginning of the load.
    pub(crate) due: Duration,
    /// From then to its answer.
    pub(crate) took: Duration,
    /// What became of it.
    pub(crate) outcome: Outcome,
}

/// Sends so many requests a second until `end` has ended, and waits for the last answer. `request` is given the number of each.
pub(crate) async fn load<K, T, F: Future<Output = (K, Outcome)>>(
    per_second: f64,
    request: impl Fn(usize) -> F,
    end: impl Future<Output = T>,
) -> (Vec<Seen<K>>, T) {
    let (began, over) = (Instant::now(), AtomicBool::new(false));
    let due = |number: usize| {
        let number = u32::try_from(number).expect("loads end");
        began + Duration::from_secs_f64(f64::from(number) / per_second)
    };
    let ticks = stream::iter(0_usize..)
        .then(async |number| {
            sleep_until(due(number)).await;
            number
        })
        .take_while(|_| std::future::ready(!over.load(Ordering::Relaxed)));
    let requests = ticks.map(|number| {
        let answer = request(number);
        async move {
            let (kind, outcome) = answer.await;
            Seen { kind, due: due(number) - began, took: due(number).elapsed(), outcome }
        }
    });
    let ending = async {
        let ended = end.await;
        over.store(true, Ordering::Relaxed);
        ended
    };
    tokio::join!(requests.buffer_unordered(AT_ONCE).collect(), ending)
}

/// Requests under way at once: more than wait for anything within their deadlines.
const AT_ONCE: usize = 20_000;

/// The time that all but so many in a thousand do not exceed.
pub(crate) fn quantile(times: impl IntoIterator<Item = Duration>, per_mille: usize) -> Duration {
    let mut times: Vec<Duration> = times.into_iter().collect();
    times.sort_unstable();
    let place = (times.len() * per_mille).div_ceil(1_000).saturating_sub(1);
    times.get(place).copied().unwrap_or_default()
}
