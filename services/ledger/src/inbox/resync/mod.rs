//! Filling a consumer from the snapshots of a source, under traffic.
//!
//! A snapshot is applied like an event of its version: where a higher one is known, it changes nothing. So a consumer that is new, or
//! that fell behind, ends with what the source has, whatever is delivered meanwhile.
//!
//! That does not mend a source that was restored to an earlier time, whose versions are lower than those it had before, nor a projection
//! whose rows were lost while their versions were kept. There a resync by force lets each snapshot replace what is known, equal versions
//! and higher ones too. A higher one stays where its event was made less than 10 s before the snapshot was read: it may be younger
//! than the snapshot. What the source does not list any more is taken for ended, unless
//! something that it lists could not be applied. After a source was restored, wait 10 s before; then
//! retry its dead letters.

mod operation;

pub(crate) use self::operation::{ResyncRpc, ResyncWork};

use super::{
    Consumer,
    delivery::{CLOCKS, Delivery, How},
    version,
};
use anyhow::{Context as _, bail};
use patron_chassis::{client::Channel, peer::Peer, status::Problem};
use patron_proto::{
    event::{
        internal::v1::{
            ListSnapshotsRequest, ListSnapshotsResponse, deliver_events_response::Outcome,
            snapshot_service_client::SnapshotServiceClient,
        },
        v1::{
            CustomerAccount, CustomerAddresses, CustomerMemberships, CustomerReference, CustomerSignIn,
            Event, customer_reference::State, event::Snapshot,
        },
    },
    operation::{internal::v1::ResyncPlace, v1::Resync},
};
use patron_values::timestamp;
use std::{collections::HashMap, time::Duration};
use time::OffsetDateTime;
use tonic::Code;

/// How often a page is asked for where the source is away, and how long apart.
const TRIES: u32 = 30;
const BETWEEN_TRIES: Duration = Duration::from_secs(1);
/// Aggregates of one transaction.
const CHUNK: i64 = 200;

impl<C: Consumer> Delivery<C> {
    /// Fills the consumer with what `source`, reached by `channel`, publishes now, by force or not. What keeps history takes the next
    /// version of each aggregate for the first.
    pub async fn resync(&self, source: Peer, channel: Channel, force: bool) -> anyhow::Result<Resync> {
        let mut place = ResyncPlace::default();
        while self.resync_part(source, channel.as_service(), force, &mut place).await? {}
        Ok(place.so_far.unwrap_or_default())
    }

    /// Does the part of a resync that comes at `place`, and moves that on; says whether more is to be done.
    async fn resync_part(
        &self,
        source: Peer,
        channel: Channel,
        force: bool,
        place: &mut ResyncPlace,
    ) -> anyhow::Result<bool> {
        let so_far = place.so_far.get_or_insert_default();
        // What is listed and could not be applied would be taken for unlisted.
        if place.listed && (!force || so_far.failed_count > 0) {
            return Ok(false);
        }
        if place.listed {
            let began = version::moment(place.start_time.unwrap_or_default());
            let ended = self.end_unlisted(source, began).await?;
            so_far.ended_count += i64::try_from(ended)?;
            return Ok(ended > 0);
        }
        if place.start_time.is_none() {
            if !C::SOURCES.contains(&source) {
                bail!("{source} sends nothing here");
            }
            if C::KEEPS_HISTORY {
                version::forget(&self.database, source.name()).await?;
            }
        }
        if !C::SNAPSHOTS_OF.contains(&source) {
            return Ok(false);
        }
        let page = list(channel, place.page_token.clone()).await?;
        let sound =
            |event: &Event| event.source == source.name() && event.version > 0 && event.snapshot.is_some();
        if !page.snapshots.iter().all(sound) {
            bail!("{source} listed what is no snapshot of its own");
        }
        // Its events are compared with it, and they are made by its clock, not by the one here.
        let read_time = page.read_time.with_context(|| format!("{source} did not say when it listed"))?;
        place.start_time.get_or_insert(read_time);
        let how = if force { How::Replace } else { How::Fill };
        so_far.listed_count += i64::try_from(page.snapshots.len())?;
        so_far.failed_count += i64::try_from(self.fill(source, &page.snapshots, how).await?)?;
        place.listed = page.next_page_token.is_empty();
        place.page_token = page.next_page_token;
        Ok(!place.listed || force)
    }

    /// Applies snapshots, and says how many failed.
    async fn fill(&self, source: Peer, snapshots: &[Event], how: How) -> anyhow::Result<usize> {
        let outcomes = self.apply_all(source.name(), snapshots, &HashMap::new(), how).await?;
        if outcomes.contains(&Outcome::Untried) {
            bail!(Problem::Unavailable);
        }
        Ok(outcomes.iter().filter(|outcome| **outcome != Outcome::Applied).count())
    }

    /// Ends some of what was not listed by a source that began to list at `began`, and says how many aggregates.
    async fn end_unlisted(&self, source: Peer, began: OffsetDateTime) -> anyhow::Result<usize> {
        let mut transaction = self.database.begin().await?;
        let unlisted =
            version::take_older(&mut transaction, source.name(), began - CLOCKS, C::KEEPS_HISTORY, CHUNK)
                .await?;
        let ended = unlisted.len();
        let ends = unlisted.into_iter();
        let ends: Vec<Event> =
            ends.filter_map(|(aggregate, version)| end(source, aggregate, version, began)).collect();
        if !ends.is_empty() {
            crate::reference::forget_versions(&mut transaction, &ends).await?;
            self.consumer.apply(&mut transaction, &ends).await?;
        }
        transaction.commit().await?;
        Ok(ended)
    }
}

async fn list(channel: Channel, page_token: String) -> anyhow::Result<ListSnapshotsResponse> {
    let mut client = SnapshotServiceClient::new(channel);
    let request = ListSnapshotsRequest { page_size: 0, page_token };
    for _ in 0..TRIES {
        match client.list_snapshots(request.clone()).await {
            Ok(reply) => return Ok(reply.into_inner()),
            Err(status) if status.code() == Code::Unavailable => tokio::time::sleep(BETWEEN_TRIES).await,
            Err(status) => return Err(status).context("the snapshots could not be listed"),
        }
    }
    Err(anyhow::Error::new(Problem::Unavailable).context("the source of the snapshots does not answer"))
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
