use crate::store;
use patron_chassis::{peer::Peer, pg::Transaction};
use patron_ledger::{inbox::Consumer, reference};
use patron_proto::event::v1::Event;

/// Takes what profile publishes of customers: their memberships go with them.
pub struct ReferenceConsumer;

#[tonic::async_trait]
impl Consumer for ReferenceConsumer {
    const SOURCES: &'static [Peer] = &[Peer::PROFILE];

    fn consumes(source: Peer, aggregate: &str) -> bool {
        reference::is_sent(source, aggregate)
    }

    async fn apply(&self, transaction: &mut Transaction, events: &[Event]) -> anyhow::Result<()> {
        let mut ended = reference::lock_ended(transaction, events).await?;
        store::membership::delete_all(&mut ended).await?;
        reference::apply(transaction, events).await
    }
}
