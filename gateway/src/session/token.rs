//! Access tokens of browser sessions, kept in memory until shortly before they end.
//!
//! The secret of a cookie is exchanged for a token at identity, which notes that the session is in use. Requests that come
//! together wait for one exchange. Tokens are found by the hash of the secret, so that this memory gives no session away.

use crate::{
    admission::{Admission, CallerKey, Class},
    upstream::Upstream,
};
use aws_lc_rs::digest::{SHA256, digest};
use http::HeaderValue;
use moka::{Expiry, future::Cache};
use patron_chassis::{clock::Clock, peer::Peer, status::Problem};
use patron_proto::identity::v1::{
    RefreshSessionRequest, Session, session_service_client::SessionServiceClient,
};
use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tonic::Status;

/// Tokens kept. One takes about 2 KiB; the least used go first.
const MOST: u64 = 50_000;

/// How long before its end a token is no longer used: longer than a call with all its hops takes.
const MARGIN: Duration = Duration::from_secs(30);

/// Exchanges secrets for tokens.
#[derive(Clone)]
pub(super) struct Tokens {
    identity: SessionServiceClient<Upstream>,
    admission: Admission,
    clock: Clock,
    known: Cache<Key, Token>,
}

/// Hash of a session's secret.
type Key = [u8; 32];

#[derive(Clone)]
struct Token {
    authorization: HeaderValue,
    good_for: Duration,
}

impl Tokens {
    pub(super) fn new(identity: Upstream, admission: Admission, clock: Clock) -> Self {
        let known = Cache::builder().max_capacity(MOST).expire_after(OwnEnd).build();
        Self { identity: SessionServiceClient::new(identity), admission, clock, known }
    }

    /// The `authorization` of a session, for a request from this address. Fails as identity does, UNAUTHENTICATED where the session
    /// has ended.
    pub(super) async fn get(&self, secret: &str, from: IpAddr) -> Result<HeaderValue, Arc<Status>> {
        let exchanged = self.known.try_get_with(key(secret), self.exchange(secret, from));
        Ok(exchanged.await?.authorization)
    }

    /// Takes in a token that was given at sign-in or at a change of password.
    pub(super) async fn put(&self, secret: &str, session: &Session) {
        if let Some(token) = self.token(session) {
            self.known.insert(key(secret), token).await;
        }
    }

    /// Forgets the token of a session.
    pub(super) async fn forget(&self, secret: &str) {
        self.known.invalidate(&key(secret)).await;
    }

    /// Forgets the token of a session if it still is this one: requests that were refused together need one exchange.
    pub(super) async fn forget_refused(&self, secret: &str, refused: &HeaderValue) {
        let key = key(secret);
        if self.known.get(&key).await.is_some_and(|token| token.authorization == *refused) {
            self.known.invalidate(&key).await;
        }
    }

    /// A secret is a claim of nobody known until identity has said whose it is.
    async fn exchange(&self, secret: &str, from: IpAddr) -> Result<Token, Status> {
        let caller = CallerKey::of_address(from);
        let _permit = self.admission.admit(Peer::IDENTITY, Class::SignIn, caller).await?;
        let request = RefreshSessionRequest { secret: secret.to_owned() };
        let session = self.identity.clone().refresh_session(request).await?.into_inner();
        self.token(&session).ok_or_else(|| Problem::internal("identity gave no usable token").into())
    }

    fn token(&self, session: &Session) -> Option<Token> {
        let mut authorization: HeaderValue = format!("Bearer {}", session.access_token).parse().ok()?;
        authorization.set_sensitive(true);
        let ends = session.access_token_expire_time.as_ref()?.seconds;
        let left = u64::try_from(ends - self.clock.now().unix_timestamp()).ok()?;
        let good_for = Duration::from_secs(left).saturating_sub(MARGIN);
        (!session.access_token.is_empty()).then_some(Token { authorization, good_for })
    }
}

fn key(secret: &str) -> Key {
    digest(&SHA256, secret.as_bytes()).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// Each token leaves the memory at an end of its own.
struct OwnEnd;

impl Expiry<Key, Token> for OwnEnd {
    fn expire_after_create(&self, _: &Key, token: &Token, _: Instant) -> Option<Duration> {
        Some(token.good_for)
    }

    fn expire_after_update(
        &self,
        _: &Key,
        token: &Token,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(token.good_for)
    }
}
