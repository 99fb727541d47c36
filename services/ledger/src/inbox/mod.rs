//! Events of other services: each takes effect once, in order per (source, aggregate), in the transaction that also
//! notes its version.

mod delivery;
mod token;

pub use self::{
    delivery::Delivery,
    token::{ConsistencyToken, Inbox},
};

use patron_chassis::peer::Peer;
use patron_chassis::pg::Transaction;
use patron_proto::event::v1::Event;

/// What a service does about the events it takes.
#[tonic::async_trait]
pub trait Consumer: Send + Sync + 'static {
    /// Services whose events it takes; those of any other are refused.
    const SOURCES: &'static [Peer];

    /// Lets events take effect, in the order given: none was applied before and none is missing before it. All in
    /// `transaction`, which is rolled back where this fails; the sender then tries each event again by itself.
    async fn apply(&self, transaction: &mut Transaction, events: &[Event]) -> anyhow::Result<()>;
}
