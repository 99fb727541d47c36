use crate::{
    error::Error,
    field_policy::{Channel, FieldPolicy, Name, Rules},
    store,
};
use arc_swap::ArcSwap;
use patron_chassis::{peer::Peer, pg::Transaction, principal::Scope};
use patron_ledger::{
    Ledger,
    change::{Caller, Changed, Locked, Next, Resource, Store, Transition},
};
use patron_proto::profile::v1 as proto;
use patron_values::{field_mask::FieldMask, fields::Fields};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

/// How often each process looks whether the policy has changed: so long it may keep to the one before.
const LOOK: Duration = Duration::from_secs(2);

/// Reads and changes the policy, and knows it without a query: creations ask for it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct FieldPolicies {
    ledger: Ledger,
    known: Arc<ArcSwap<FieldPolicy>>,
}

impl Resource for FieldPolicy {
    type Name = Name;
    type Message = proto::FieldPolicy;

    const EVENTS: [&'static str; 3] =
        ["field_policy.created", "field_policy.updated", "field_policy.deleted"];
    const SUBSCRIBERS: &'static [Peer] = &[Peer::ACTIVITY];

    fn name(&self) -> Name {
        Name
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn to_message(&self) -> proto::FieldPolicy {
        self.into()
    }

    fn etag(message: &proto::FieldPolicy) -> &str {
        &message.etag
    }
}

impl FieldPolicies {
    /// Those of a ledger, which know nothing before they [look](Self::look).
    pub fn new(ledger: &Ledger) -> Self {
        let nothing =
            FieldPolicy { rules: BTreeMap::new(), version: -1, updated_at: OffsetDateTime::UNIX_EPOCH };
        Self { ledger: ledger.clone(), known: Arc::new(ArcSwap::from_pointee(nothing)) }
    }

    /// What is asked of customers who come in a way, as it was 2 s ago or later.
    pub fn rules(&self, channel: Channel) -> Rules {
        Rules::new(self.known.load_full(), channel)
    }

    /// The policy.
    pub async fn find(&self) -> Result<FieldPolicy, Error> {
        Ok(store::field_policy::find(self.ledger.database()).await?)
    }

    /// Changes the rules that the mask names. This process keeps to them from the answer on.
    pub async fn update(
        &self,
        wanted: &proto::FieldPolicy,
        mask: &FieldMask,
        caller: &Caller,
    ) -> Result<Changed<FieldPolicy>, Error> {
        let changed = self.ledger.change(caller).update(self, Name, wanted, mask).await?;
        self.learn(changed.result.clone());
        Ok(changed)
    }

    /// Follows what other processes change, until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut interval = tokio::time::interval(LOOK);
        while stop.run_until_cancelled(interval.tick()).await.is_some() {
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "the field policy could not be looked at; the next round tries again");
            }
        }
    }

    /// Learns what is stored, where that is something new.
    pub async fn look(&self) -> Result<(), sqlx::Error> {
        let database = self.ledger.background();
        if store::field_policy::find_version(database).await? > self.known.load().version {
            self.learn(store::field_policy::find(database).await?);
        }
        Ok(())
    }

    /// Keeps to a policy, where none that is known came after it.
    fn learn(&self, policy: FieldPolicy) {
        let policy = Arc::new(policy);
        self.known.rcu(
            |known| {
                if policy.version > known.version { Arc::clone(&policy) } else { Arc::clone(known) }
            },
        );
    }
}

impl Store for FieldPolicies {
    type Resource = FieldPolicy;
    type Error = Error;

    async fn lock(&self, transaction: &mut Transaction, _: Name) -> Result<Option<i64>, sqlx::Error> {
        store::field_policy::lock(transaction).await.map(Some)
    }

    async fn find(
        &self,
        transaction: &mut Transaction,
        _: Name,
        _: Scope,
    ) -> Result<Option<FieldPolicy>, sqlx::Error> {
        store::field_policy::find(transaction).await.map(Some)
    }

    fn parse(
        &self,
        old: &FieldPolicy,
        merged: &proto::FieldPolicy,
        next: Next,
    ) -> Result<Option<FieldPolicy>, Fields> {
        let rules = FieldPolicy::parse(merged)?;
        let changes = rules != old.rules;
        Ok(changes.then_some(FieldPolicy { rules, version: next.version, updated_at: next.at }))
    }

    async fn save(
        &self,
        locked: &mut Locked,
        transition: Transition<FieldPolicy>,
        _: &Caller,
    ) -> Result<Vec<Transition<FieldPolicy>>, Error> {
        // There always is one.
        if let Transition::Updated(_, new) = &transition {
            store::field_policy::update(locked, new).await?;
        }
        Ok(vec![transition])
    }
}
