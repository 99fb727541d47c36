use crate::{activity_event::ActivityEvent, deleted_customer::NewDeletedCustomer, history_deletion, store};
use patron_chassis::{context::Trace, peer::Peer, pg::Transaction, telemetry::consumer_span};
use patron_ledger::{inbox::Consumer, reference};
use patron_proto::event::v1::Event;
use tracing::Span;

/// Keeps the events of the other services, for good: what happened to a customer stays when the customer goes, unless it is to go too.
pub struct Recorder;

#[tonic::async_trait]
impl Consumer for Recorder {
    const SOURCES: &'static [Peer] = &[Peer::IDENTITY, Peer::PROFILE, Peer::ADDRESS, Peer::GROUP];
    const KEEPS_HISTORY: bool = true;
    const SNAPSHOTS_OF: &'static [Peer] = &[Peer::PROFILE];

    /// All but sign-ins, which are no changes.
    fn consumes(source: Peer, aggregate: &str) -> bool {
        Self::SOURCES.contains(&source) && !aggregate.ends_with("/sign_in")
    }

    async fn apply(&self, transaction: &mut Transaction, events: &[Event]) -> anyhow::Result<()> {
        let kept = events.iter().map(ActivityEvent::parse).filter_map(Result::transpose);
        let kept = kept.collect::<Result<Vec<_>, _>>()?;
        let _spans: Vec<Span> = kept.iter().filter_map(span).collect();
        // First, so that nothing of what comes with it is kept.
        history_deletion::begin(transaction, events).await?;
        store::activity_event::insert_all(transaction, &kept).await?;
        for customer in kept.iter().filter_map(NewDeletedCustomer::of) {
            store::deleted_customer::insert(transaction, &customer).await?;
        }
        reference::apply(transaction, events).await
    }
}

/// The keeping of an event, in the trace of the request that made it happen.
fn span(event: &ActivityEvent) -> Option<Span> {
    let writer = format!("00-{}-{}-01", event.context.trace_id, event.context.span_id);
    Trace::parse(writer.as_bytes()).map(|writer| consumer_span("keep event", &writer))
}
