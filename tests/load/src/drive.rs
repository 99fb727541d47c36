//! Callers at work: in a closed loop, where each calls again once it was answered, and in an open one, where calls arrive
//! at a constant rate whether or not those before were answered.
//!
//! Latency in the open loop counts from the moment at which a call should have begun. A server that stalls is charged for all
//! the calls that had to wait meanwhile, not only for the few that were under way ("coordinated omission", Gil Tene).

use crate::{
    call::{Call, Failure},
    grpc, http,
    operation::Operation,
    sample::Sample,
};
use anyhow::Result;
use hdrhistogram::Histogram;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::{sync::Semaphore, task::JoinSet};

/// Longest latency known apart from longer ones.
const LONGEST: Duration = Duration::from_mins(1);
/// Significant digits of latencies.
const DIGITS: u8 = 3;

/// A caller, by one of the two ways.
#[derive(Debug)]
pub enum Client {
    /// At the gateway.
    Http(Box<http::Client>),
    /// At the services.
    Grpc(Box<grpc::Client>),
}

impl Client {
    async fn send(&mut self, call: Call) -> Result<(), Failure> {
        match self {
            Self::Http(client) => client.send(call).await,
            Self::Grpc(client) => client.send(call).await,
        }
    }
}

/// What callers do. Each time has a number of its own.
#[derive(Debug)]
pub struct Work {
    operation: Operation,
    sample: Arc<Sample>,
    next: AtomicU64,
}

impl Work {
    /// Work that begins with the time number 0.
    pub fn new(operation: Operation, sample: Arc<Sample>) -> Self {
        Self { operation, sample, next: AtomicU64::new(0) }
    }

    /// Does it once.
    pub async fn once(&self, client: &mut Client) -> Result<(), Failure> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        for call in self.operation.calls(&self.sample, number) {
            client.send(call).await?;
        }
        Ok(())
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Tally {
    /// Latencies of what was answered as wanted, in microseconds.
    latencies: Histogram<u64>,
    /// How many were not.
    pub failed: u64,
    /// What the first of these said.
    pub failure: Option<Failure>,
}

impl Tally {
    fn new() -> Result<Self> {
        let longest = u64::try_from(LONGEST.as_micros())?;
        Ok(Self { latencies: Histogram::new_with_max(longest, DIGITS)?, failed: 0, failure: None })
    }

    fn note(&mut self, latency: Duration, outcome: Result<(), Failure>) {
        match outcome {
            Ok(()) => {
                self.latencies.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
            }
            Err(failure) => {
                self.failed += 1;
                self.failure.get_or_insert(failure);
            }
        }
    }

    fn add(&mut self, other: Self) -> Result<()> {
        self.latencies.add(other.latencies)?;
        self.failed += other.failed;
        self.failure = self.failure.take().or(other.failure);
        Ok(())
    }

    /// How many were answered as wanted.
    pub fn done(&self) -> u64 {
        self.latencies.len()
    }

    /// The latency that this share of them (0 to 1) did not exceed.
    pub fn quantile(&self, share: f64) -> Duration {
        Duration::from_micros(self.latencies.value_at_quantile(share))
    }
}

/// Lets every client call again and again for so long.
pub async fn closed(clients: &mut Vec<Client>, work: &Arc<Work>, length: Duration) -> Result<Tally> {
    let end = Instant::now() + length;
    let callers = clients.drain(..).map(|mut client| {
        let work = work.clone();
        async move {
            let mut tally = Tally::new()?;
            loop {
                let begun = Instant::now();
                if begun >= end {
                    return Ok((client, tally));
                }
                let outcome = work.once(&mut client).await;
                tally.note(begun.elapsed(), outcome);
            }
        }
    });
    let callers = callers.collect();
    gather(callers, clients).await
}

/// Lets calls arrive at a rate (in 1/s) for so long; the clients take them in turn.
pub async fn open(clients: &mut Vec<Client>, work: &Arc<Work>, rate: f64, length: Duration) -> Result<Tally> {
    let arrivals = Arc::new(Arrivals::new(rate));
    let pacing = arrivals.clone();
    // the runtime's timers are exact to a millisecond, which many calls do not take
    let pacer = thread::spawn(move || pacing.pace(length));
    let callers = clients.drain(..).map(|mut client| {
        let (work, arrivals) = (work.clone(), arrivals.clone());
        async move {
            let mut tally = Tally::new()?;
            while let Some(due) = arrivals.next().await {
                let outcome = work.once(&mut client).await;
                tally.note(due.elapsed(), outcome);
            }
            Ok((client, tally))
        }
    });
    let callers = callers.collect();
    let tally = gather(callers, clients).await;
    pacer.join().map_err(|_| anyhow::anyhow!("the pacing thread panicked"))?;
    tally
}

/// Waits for the callers, puts the clients back and adds up.
async fn gather(mut callers: JoinSet<Result<(Client, Tally)>>, clients: &mut Vec<Client>) -> Result<Tally> {
    let mut sum = Tally::new()?;
    while let Some(caller) = callers.join_next().await {
        let (client, tally) = caller??;
        clients.push(client);
        sum.add(tally)?;
    }
    Ok(sum)
}

/// Moments at which calls should begin.
struct Arrivals {
    start: Instant,
    interval: Duration,
    /// A permit for each moment that has come.
    come: Semaphore,
    taken: AtomicU64,
}

impl Arrivals {
    fn new(rate: f64) -> Self {
        let interval = Duration::from_secs_f64(1.0 / rate.max(0.1));
        Self { start: Instant::now(), interval, come: Semaphore::new(0), taken: AtomicU64::new(0) }
    }

    fn due(&self, number: u64) -> Instant {
        let nanos = u64::try_from(self.interval.as_nanos()).unwrap_or(u64::MAX);
        self.start + Duration::from_nanos(nanos.saturating_mul(number))
    }

    /// Lets the moments come, one by one, until the time is over.
    fn pace(&self, length: Duration) {
        for number in 0.. {
            let due = self.due(number);
            if due - self.start >= length {
                break;
            }
            thread::sleep(due.saturating_duration_since(Instant::now()));
            self.come.add_permits(1);
        }
        self.come.close();
    }

    /// Waits for a moment that nobody has taken; `None` when the time is over. What is left then is not begun.
    async fn next(&self) -> Option<Instant> {
        self.come.acquire().await.ok()?.forget();
        Some(self.due(self.taken.fetch_add(1, Ordering::Relaxed)))
    }
}
