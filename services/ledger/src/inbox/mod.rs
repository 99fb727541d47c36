//! Events of other services: each takes effect once, in the transaction that also notes its version.
//!
//! Most events carry the whole snapshot of their aggregate: of those any higher version is taken, whichever was the first, so that a
//! consumer can come late, fall behind and pass over what could not be applied. What keeps history takes each version in turn,
//! from the first that it is sent.

mod delivery;
mod resync;
mod token;
mod version;

pub use self::{
    delivery::Delivery,
    token::{ConsistencyToken, Freshness, Inbox},
};
pub(crate) use self::{
    resync::{ResyncRpc, ResyncWork},
    token::Delivered,
};

use patron_chassis::peer::Peer;
use patron_chassis::pg::Transaction;
use patron_proto::event::v1::{Event, event::Snapshot};

/// What a service does about the events it takes.
#[tonic::async_trait]
pub trait Consumer: Send + Sync + 'static {
    /// Services whose events it takes; those of any other are refused.
    const SOURCES: &'static [Peer];
    /// Whether it keeps every version, and not the latest snapshot alone.
    const KEEPS_HISTORY: bool = false;
    /// Services whose snapshots fill it when it is [rebuilt](crate::snapshot).
    const SNAPSHOTS_OF: &'static [Peer] = Self::SOURCES;

    /// Whether it is sent the events of an aggregate. Lists wait for consistency tokens of these alone.
    fn consumes(source: Peer, aggregate: &str) -> bool;

    /// Lets events take effect, in the order given; of several snapshots of an aggregate the last one counts. All in `transaction`,
    /// which is rolled back where this fails; events are then tried apart.
    async fn apply(&self, transaction: &mut Transaction, events: &[Event]) -> anyhow::Result<()>;
}

/// Whether a consumer needs each version that came before the event.
fn is_history<C: Consumer>(event: &Event) -> bool {
    // References say which customers there are; what happened to them is in other events.
    C::KEEPS_HISTORY && !matches!(event.snapshot, Some(Snapshot::Reference(_)))
}
