use super::pair;
use crate::store::{self, key::StoredKey};
use arc_swap::ArcSwap;
use futures::future::BoxFuture;
use jsonwebtoken::EncodingKey;
use patron_chassis::{clock::Clock, keys::KeySource, pg::Database, status::Problem, token::Claims};
use patron_proto::identity::v1::JsonWebKeySet;
use patron_values::seal::Seal;
use std::{fmt, sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// How long a key signs. Source: the project's decisions.
const SIGNS: Duration = Duration::from_hours(24);
/// How long before it signs a key is published: longer than verifiers keep what they fetched, so that each knows it in time.
const AHEAD: Duration = Duration::from_mins(10);
/// How long a key stays published after the next has taken over: far longer than a token lives. Source: the project's decisions.
const STAYS: Duration = Duration::from_hours(2);
/// How often a replica looks whether keys have changed: often enough to know one of another replica well before it signs.
const LOOK: Duration = Duration::from_secs(30);

/// The keys of this deployment, as this replica knows them. Cheap to clone; clones know the same.
#[derive(Clone)]
pub struct Keyring(Arc<Shared>);

/// What the clones of a keyring share.
struct Shared {
    database: Database,
    seal: Seal,
    clock: Clock,
    known: ArcSwap<Known>,
}

#[derive(Default)]
struct Known {
    /// Keys that can sign, with their ids and from when on they do, in that order.
    signing: Vec<(OffsetDateTime, String, EncodingKey)>,
    /// All that may have signed tokens still about, or soon will.
    published: JsonWebKeySet,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").finish_non_exhaustive()
    }
}

impl Keyring {
    /// A keyring that knows no key before it is [rotated](Self::rotate).
    pub fn new(database: Database, seal: Seal, clock: Clock) -> Self {
        Self(Arc::new(Shared { database, seal, clock, known: ArcSwap::default() }))
    }

    /// Signs a token with the current key. Fails with [`Problem::Unavailable`] before the first rotation.
    pub fn sign(&self, claims: &Claims) -> Result<String, Problem> {
        let (known, now) = (self.0.known.load(), self.0.clock.now());
        let current = known.signing.iter().rfind(|(signs_from, ..)| *signs_from <= now);
        let (_, id, key) = current.ok_or(Problem::Unavailable)?;
        claims.sign(id, key).map_err(Problem::internal)
    }

    /// The public keys.
    pub fn published(&self) -> JsonWebKeySet {
        self.0.known.load().published.clone()
    }

    /// Makes the next key when it is time, removes those that have had theirs, and learns what there is.
    pub async fn rotate(&self) -> anyhow::Result<()> {
        let (database, now) = (&self.0.database, self.0.clock.now());
        let mut keys = store::key::list(database).await?;
        // The oldest has had its time when the one after it has signed for long enough.
        let outlived = keys.get(1).is_some_and(|next| next.signs_from <= now - STAYS);
        if outlived || self.next_signs_from(&keys, now).is_some() {
            self.replace(now).await?;
            keys = store::key::list(database).await?;
        }
        self.learn(&keys);
        Ok(())
    }

    /// Makes the next key, where it is time and no other replica just did, and removes those that have had theirs.
    async fn replace(&self, now: OffsetDateTime) -> anyhow::Result<()> {
        let mut transaction = self.0.database.begin().await?;
        store::key::lock(&mut transaction).await?;
        let keys = store::key::list(&mut transaction).await?;
        if let Some(signs_from) = self.next_signs_from(&keys, now) {
            let key = pair::generate(&self.0.seal, signs_from)?;
            store::key::insert(&mut transaction, &key, now).await?;
        }
        store::key::delete_replaced(&mut transaction, now - STAYS).await?;
        Ok(transaction.commit().await?)
    }

    /// From when on the next key shall sign, where it is time to publish it: at once where none can sign now.
    fn next_signs_from(&self, keys: &[StoredKey], now: OffsetDateTime) -> Option<OffsetDateTime> {
        let can_sign = |key: &StoredKey| key.signs_from <= now && pair::open(&self.0.seal, key).is_ok();
        if !keys.iter().any(can_sign) {
            return Some(now);
        }
        let due = keys.last()?.signs_from + SIGNS;
        (due <= now + AHEAD).then_some(due.max(now + AHEAD))
    }

    fn learn(&self, keys: &[StoredKey]) {
        let mut known = Known::default();
        for key in keys {
            known.published.keys.extend(pair::public(key));
            if let Ok(opened) = pair::open(&self.0.seal, key) {
                known.signing.push((key.signs_from, key.key_id.clone(), opened));
            } else {
                tracing::warn!(key_id = key.key_id, "a signing key was sealed with another PATRON_SEAL_KEY");
            }
        }
        self.0.known.store(Arc::new(known));
    }

    /// Rotates the keys until `stop`.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        let mut interval = tokio::time::interval(LOOK);
        while stop.run_until_cancelled(interval.tick()).await.is_some() {
            if let Err(error) = self.rotate().await {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "signing keys could not be looked at; the next round tries again"
                );
            }
        }
        Ok(())
    }
}

impl KeySource for Keyring {
    fn keys(&self) -> BoxFuture<'_, Result<JsonWebKeySet, Status>> {
        Box::pin(async { Ok(self.published()) })
    }
}
