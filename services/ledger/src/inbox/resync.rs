//! Filling a consumer from the snapshots of a source, under traffic.
//!
//! A snapshot is applied like an event of its version: where a higher one is known, it changes nothing. So a consumer that is new, or
//! that fell behind, ends with what the source has, whatever is delivered meanwhile.
//!
//! That does not mend a source that was restored to an earlier time, whose versions are lower than those it had before, nor a projection
//! whose rows were lost while their versions were kept. There a resync by force lets each snapshot replace what is known, equal versions
//! and higher ones too. A higher one stays where its event was made less than a minute before the snapshot was read: it may be younger
//! than the snapshot. What the source does not list any more is taken for ended. After a source was restored, wait a minute before; then
//! retry its dead letters.

use super::{
    Consumer,
    delivery::{CLOCKS, Delivery, How},
    version,
};
use anyhow::{Context as _, bail};
use patron_chassis::{client::Channel, peer::Peer};
use patron_proto::event::{
    internal::v1::{
        ListSnapshotsRequest, ListSnapshotsResponse, deliver_events_response::Outcome,
        snapshot_service_client::SnapshotServiceClient,
    },
    v1::{
        CustomerAccount, CustomerAddresses, CustomerMemberships, CustomerReference, CustomerSignIn, Event,
        customer_reference::State, event::Snapshot,
    },
};
use patron_values::timestamp;
use std::{collections::HashMap, fmt, time::Duration};
use time::OffsetDateTime;
use tonic::Code;

/// How often a page is asked for where the source is away, and how long apart.
const TRIES: u32 = 30;
const BETWEEN_TRIES: Duration = Duration::from_secs(1);
/// Aggregates of one transaction.
const CHUNK: i64 = 200;

/// What a resync came to.
#[derive(Debug, Default)]
pub struct Resynced {
    /// Snapshots listed by the source.
    pub listed: usize,
    /// Those that could not be applied; the log says why.
    pub failed: usize,
    /// Aggregates that the source has no more.
    pub ended: usize,
}

impl fmt::Display for Resynced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} snapshots listed, {} failed, {} aggregates ended", self.listed, self.failed, self.ended)
    }
}

impl<C: Consumer> Delivery<C> {
    /// Fills the consumer with what `source`, reached by `channel`, publishes now, by force or not. What keeps history takes the next
    /// version of each aggregate for the first.
    pub async fn resync(
        &self,
        source: Peer,
        channel: Channel,
        now: OffsetDateTime,
        force: bool,
    ) -> anyhow::Result<Resynced> {
        if !C::SOURCES.contains(&source) {
            bail!("{source} sends nothing here");
        }
        if C::KEEPS_HISTORY {
            version::forget(&self.database, source.name()).await?;
        }
        let mut done = Resynced::default();
        if !C::SNAPSHOTS_OF.contains(&source) {
            return Ok(done);
        }
        let (mut client, mut page_token) = (SnapshotServiceClient::new(channel), String::new());
        let how = if force { How::Replace } else { How::Fill };
        loop {
            let page = list(&mut client, page_token).await?;
            let sound = |event: &Event| {
                event.source == source.name() && event.version > 0 && event.snapshot.is_some()
            };
            if !page.snapshots.iter().all(sound) {
                bail!("{source} listed what is no snapshot of its own");
            }
            done.listed += page.snapshots.len();
            done.failed += self.fill(source, &page.snapshots, how).await?;
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        if force {
            done.ended = self.end_unlisted(source, now).await?;
        }
        Ok(done)
    }

    /// Applies snapshots, and says how many failed.
    async fn fill(&self, source: Peer, snapshots: &[Event], how: How) -> anyhow::Result<usize> {
        let outcomes = self.apply_all(source.name(), snapshots, &HashMap::new(), how).await?;
        if outcomes.contains(&Outcome::Untried) {
            bail!("the database was in the way; resync once more");
        }
        Ok(outcomes.iter().filter(|outcome| **outcome != Outcome::Applied).count())
    }

    /// Ends what was not listed by a source that began to list at `began`.
    async fn end_unlisted(&self, source: Peer, began: OffsetDateTime) -> anyhow::Result<usize> {
        let mut ended = 0;
        loop {
            let mut transaction = self.database.begin().await?;
            let unlisted =
                version::take_older(&mut transaction, source.name(), began - CLOCKS, C::KEEPS_HISTORY, CHUNK)
                    .await?;
            if unlisted.is_empty() {
                return Ok(ended);
            }
            ended += unlisted.len();
            let ends: Vec<Event> = unlisted
                .into_iter()
                .filter_map(|(aggregate, version)| end(source, aggregate, version, began))
                .collect();
            crate::reference::forget_versions(&mut transaction, &ends).await?;
            self.consumer.apply(&mut transaction, &ends).await?;
            transaction.commit().await?;
        }
    }
}

async fn list(
    client: &mut SnapshotServiceClient<Channel>,
    page_token: String,
) -> anyhow::Result<ListSnapshotsResponse> {
    let request = ListSnapshotsRequest { page_size: 0, page_token };
    for _ in 0..TRIES {
        match client.list_snapshots(request.clone()).await {
            Ok(reply) => return Ok(reply.into_inner()),
            Err(status) if status.code() == Code::Unavailable => tokio::time::sleep(BETWEEN_TRIES).await,
            Err(status) => return Err(status).context("the snapshots could not be listed"),
        }
    }
    bail!("the source of the snapshots does not answer")
}

/// What is kept of an aggregate that is there no more. `None` for one that no consumer keeps a snapshot of.
fn end(source: Peer, aggregate: String, version: i64, at: OffsetDateTime) -> Option<Event> {
    let (customer, kind) = aggregate.rsplit_once('/')?;
    let snapshot = match kind {
        "reference" => Snapshot::Reference(CustomerReference {
            customer: customer.to_owned(),
            state: State::Deleted.into(),
            version: version.max(1),
            ..CustomerReference::default()
        }),
        "addresses" => Snapshot::Addresses(CustomerAddresses::default()),
        "memberships" => Snapshot::Memberships(CustomerMemberships::default()),
        "account" => Snapshot::Account(CustomerAccount::default()),
        "sign_in" => Snapshot::SignIn(CustomerSignIn::default()),
        _ => return None,
    };
    Some(Event {
        source: source.name().to_owned(),
        customer: customer.to_owned(),
        version,
        r#type: "snapshot.ended".to_owned(),
        time: Some(timestamp(at)),
        snapshot: Some(snapshot),
        aggregate,
        ..Event::default()
    })
}
