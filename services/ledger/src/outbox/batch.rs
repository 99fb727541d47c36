use crate::queue::{Batch, Job, MOST_ATTEMPTS, Settlement, Share};
use patron_chassis::peer::Peer;
use patron_proto::event::{internal::v1::PassedOver, v1::Event};
use prost::Message as _;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A leased batch, sorted into what can be sent and what cannot.
pub(super) struct Deliveries {
    pub(super) lease: Uuid,
    /// Events to send, in order.
    pub(super) ready: Vec<(Job, Event)>,
    /// What no consumer could take, with what is wrong.
    pub(super) unfit: Vec<(Job, Settlement)>,
    /// Dropped events, which are done once the consumer knows that they will not come.
    pub(super) dropped: Vec<Job>,
    /// Versions that the consumer shall not wait for, by aggregate.
    passed_over: BTreeMap<String, BTreeSet<i64>>,
    bytes: usize,
}

impl Deliveries {
    /// What is in a batch of events of `source`.
    pub(super) fn of(batch: Batch, source: Peer) -> Self {
        let mut deliveries = Self {
            lease: batch.lease(),
            ready: Vec::with_capacity(batch.jobs.len()),
            unfit: Vec::new(),
            dropped: Vec::new(),
            passed_over: BTreeMap::new(),
            bytes: 0,
        };
        for job in batch.jobs {
            deliveries.bytes += job.payload.as_ref().map_or(0, Vec::len);
            deliveries.pass_over(&job, job.dead_versions.clone());
            match event_in(&job, source) {
                Ok(Some(event)) => deliveries.ready.push((job, event)),
                Ok(None) => {
                    deliveries.pass_over(&job, job.version);
                    deliveries.dropped.push(job);
                }
                Err(wrong) => {
                    tracing::error!(job = job.id, key = job.key, wrong, "an event cannot be delivered");
                    deliveries.pass_over(&job, job.version);
                    deliveries.unfit.push((job, Settlement::Dead(wrong.to_owned())));
                }
            }
        }
        deliveries
    }

    fn pass_over(&mut self, job: &Job, versions: impl IntoIterator<Item = i64>) {
        let mut versions = versions.into_iter().peekable();
        if let (Some(aggregate), Some(_)) = (&job.key, versions.peek()) {
            self.passed_over.entry(aggregate.clone()).or_default().extend(versions);
        }
    }

    /// What the consumer shall not wait for, as it is sent.
    pub(super) fn passed_over(&self) -> Vec<PassedOver> {
        let all = self.passed_over.iter();
        all.map(|(aggregate, versions)| PassedOver {
            aggregate: aggregate.clone(),
            versions: versions.iter().copied().collect(),
        })
        .collect()
    }

    /// Whether there may be more than this batch took.
    pub(super) fn fill(&self, share: Share) -> bool {
        let jobs = self.ready.len() + self.unfit.len() + self.dropped.len();
        // A batch is cut before the event with which it would have too many bytes.
        let room = usize::try_from(share.bytes).unwrap_or(usize::MAX).saturating_sub(self.bytes);
        i64::try_from(jobs) == Ok(share.jobs) || room < super::MOST_BYTES
    }
}

/// The event of a job; `None` where it was dropped. Fails with the class of what is wrong.
fn event_in(job: &Job, source: Peer) -> Result<Option<Event>, &'static str> {
    if job.attempts >= MOST_ATTEMPTS {
        return Err("abandoned");
    }
    let Some(payload) = &job.payload else { return Ok(None) };
    let event = Event::decode(payload.as_slice()).map_err(|_| "undecodable")?;
    if event.source != source.name() {
        return Err("foreign source");
    }
    if job.key.as_deref() != Some(&event.aggregate) || job.version != Some(event.version) {
        return Err("mislabelled");
    }
    Ok(Some(event))
}
