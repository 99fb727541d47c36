//! The keys that tokens are signed with, fetched from whoever has them and kept for a while.

use std::{collections::HashMap, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::future::BoxFuture;
use jsonwebtoken::DecodingKey;
use patron_proto::identity::v1::{
    GetJsonWebKeySetRequest, JsonWebKey, JsonWebKeySet, key_service_client::KeyServiceClient,
};
use tokio::{sync::Mutex, time::Instant};
use tonic::Status;

use crate::{client::Channel, status::Problem};

/// `kty` and `crv` of the keys that sign tokens (RFC 8037).
const KEY_TYPE: &str = "OKP";
const CURVE: &str = "Ed25519";
/// Age at which keys are fetched again, so that one that was withdrawn is believed no longer than a token
/// lives.
const FRESH: Duration = Duration::from_mins(5);
/// Time between fetches for a key nobody knows, so that made-up key ids cost identity nothing.
const BETWEEN: Duration = Duration::from_secs(30);

/// A public Ed25519 key as it is published (RFC 8037, section 2).
pub fn publish(id: impl Into<String>, public_key: &[u8; 32]) -> JsonWebKey {
    JsonWebKey {
        kty: KEY_TYPE.to_owned(),
        crv: CURVE.to_owned(),
        x: URL_SAFE_NO_PAD.encode(public_key),
        kid: id.into(),
        r#use: "sig".to_owned(),
        alg: "EdDSA".to_owned(),
    }
}

/// Whoever has the public keys. Identity has its own; everyone else asks identity.
pub trait KeySource: Send + Sync + 'static {
    /// The keys that tokens in circulation are signed with.
    fn keys(&self) -> BoxFuture<'_, Result<JsonWebKeySet, Status>>;
}

impl KeySource for Channel {
    fn keys(&self) -> BoxFuture<'_, Result<JsonWebKeySet, Status>> {
        Box::pin(async {
            let answer =
                KeyServiceClient::new(self.clone()).get_json_web_key_set(GetJsonWebKeySetRequest {}).await?;
            Ok(answer.into_inner())
        })
    }
}

/// The keys known at one moment.
#[derive(Default)]
struct Known {
    by_id: HashMap<String, Arc<DecodingKey>>,
    /// When they were fetched; `None` before the first time.
    fetched: Option<Instant>,
}

impl Known {
    fn younger_than(&self, age: Duration) -> bool {
        self.fetched.is_some_and(|fetched| fetched.elapsed() < age)
    }
}

/// Finds keys by id.
pub struct Keys {
    source: Box<dyn KeySource>,
    known: ArcSwap<Known>,
    /// Held while fetching, so that many calls with one unknown key make one fetch.
    fetching: Mutex<()>,
}

impl Keys {
    /// Keys of this source; the first is fetched with the first token.
    pub fn new(source: impl KeySource) -> Self {
        Self { source: Box::new(source), known: ArcSwap::default(), fetching: Mutex::new(()) }
    }

    /// The key of this id. Fails with [`Problem::CredentialsInvalid`] if there is none, with
    /// [`Problem::Unavailable`] if that cannot be said.
    pub(crate) async fn find(&self, id: &str) -> Result<Arc<DecodingKey>, Problem> {
        let known = self.known.load();
        match known.by_id.get(id) {
            Some(key) if known.younger_than(FRESH) => return Ok(key.clone()),
            None if known.younger_than(BETWEEN) => return Err(Problem::CredentialsInvalid),
            _ => {}
        }
        let _one_at_a_time = self.fetching.lock().await;
        let now = self.known.load();
        if now.fetched == known.fetched {
            match self.source.keys().await {
                Ok(set) => self.known.store(Arc::new(read(set))),
                // An old key is as true as it was; whether the session still is, the revocations say.
                Err(status) if known.by_id.contains_key(id) => {
                    tracing::warn!(code = ?status.code(), "keys of tokens cannot be fetched again");
                }
                Err(_) => return Err(Problem::Unavailable),
            }
        }
        self.known.load().by_id.get(id).cloned().ok_or(Problem::CredentialsInvalid)
    }
}

fn read(set: JsonWebKeySet) -> Known {
    let ed25519 = set.keys.into_iter().filter(|key| key.kty == KEY_TYPE && key.crv == CURVE);
    let by_id = ed25519
        .filter_map(|key| Some((key.kid, Arc::new(DecodingKey::from_ed_components(&key.x).ok()?))))
        .collect();
    Known { by_id, fetched: Some(Instant::now()) }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;

    /// Has the key `known`, counts who asks, and can be away.
    #[derive(Clone, Default)]
    struct Source {
        asked: Arc<AtomicUsize>,
        away: Arc<AtomicBool>,
    }

    impl KeySource for Source {
        fn keys(&self) -> BoxFuture<'_, Result<JsonWebKeySet, Status>> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let away = self.away.load(Ordering::Relaxed);
            let set = JsonWebKeySet { keys: vec![publish("known", &[7; 32])] };
            Box::pin(async move { if away { Err(Problem::Unavailable.into()) } else { Ok(set) } })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_known_key_is_fetched_again_every_5_minutes() {
        let source = Source::default();
        let keys = Keys::new(source.clone());
        for (after, asked) in [(0, 1), (299, 1), (2, 2)] {
            tokio::time::advance(Duration::from_secs(after)).await;
            assert!(keys.find("known").await.is_ok());
            assert_eq!(source.asked.load(Ordering::Relaxed), asked);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn made_up_keys_cost_one_fetch_in_30_seconds() {
        let source = Source::default();
        let keys = Keys::new(source.clone());
        for (after, asked) in [(0, 1), (29, 1), (2, 2)] {
            tokio::time::advance(Duration::from_secs(after)).await;
            let (one, other) = tokio::join!(keys.find("one"), keys.find("other"));
            assert!(matches!(
                (one, other),
                (Err(Problem::CredentialsInvalid), Err(Problem::CredentialsInvalid))
            ));
            assert_eq!(source.asked.load(Ordering::Relaxed), asked);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn while_identity_is_away_known_keys_stay_and_unknown_ones_are_an_outage() {
        let source = Source::default();
        let keys = Keys::new(source.clone());
        source.away.store(true, Ordering::Relaxed);
        assert!(matches!(keys.find("known").await, Err(Problem::Unavailable)), "nothing was ever fetched");
        source.away.store(false, Ordering::Relaxed);
        assert!(keys.find("known").await.is_ok(), "a failed fetch does not count");
        source.away.store(true, Ordering::Relaxed);
        tokio::time::advance(FRESH).await;
        assert!(keys.find("known").await.is_ok());
        assert!(matches!(keys.find("unknown").await, Err(Problem::Unavailable)));
    }
}
