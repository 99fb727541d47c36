use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use futures::future::BoxFuture;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use patron_proto::identity::{
    internal::v1::{ListRevocationsRequest, ListRevocationsResponse, Revocation},
    v1::JsonWebKeySet,
};
use tonic::Status;
use uuid::Uuid;

use crate::{
    clock::Clock,
    keys::{self, KeySource},
    permission::{self, Permission},
    revocation::RevocationSource,
    status::Problem,
    token::{AUDIENCE, Actor, Claims, TYPE},
};
use patron_values::id::{CustomerId, StaffId};

/// Issuer of every token of tests, and the default of the setting.
const ISSUER: &str = "patron";
/// Seconds a token is good for.
const LIFE: i64 = 300;
/// Id of the key.
const KEY_ID: &str = "test";

/// Signs tokens as identity would, and answers who asks what was revoked. Cheap to clone.
#[derive(Clone)]
pub struct TestTokens(Arc<Shared>);

/// What the clones share.
struct Shared {
    public: [u8; 32],
    signing: EncodingKey,
    clock: Clock,
    revoked: Mutex<Revoked>,
}

#[derive(Default)]
struct Revoked {
    list: Vec<Revocation>,
    silent: bool,
}

impl TestTokens {
    /// Signs with a key of its own.
    ///
    /// # Panics
    /// Where the system has no random bytes.
    pub fn new(clock: Clock) -> Self {
        let pair = Ed25519KeyPair::generate().expect("the system has random bytes");
        let public = pair.public_key().as_ref().try_into().expect("an Ed25519 key has 32 bytes");
        let pkcs8 = pair.to_pkcs8().expect("a new key can be written");
        let signing = EncodingKey::from_ed_der(pkcs8.as_ref());
        Self(Arc::new(Shared { public, signing, clock, revoked: Mutex::default() }))
    }

    /// What the token of a member of staff says who sees all customers, to be changed before it is signed.
    pub fn staff(&self, staff: StaffId, permissions: &[Permission]) -> Claims {
        self.claims(staff.resource_name(), "all", permissions)
    }

    /// What the token of a customer says.
    pub fn customer(&self, customer: CustomerId, permissions: &[Permission]) -> Claims {
        self.claims(customer.resource_name(), "self", permissions)
    }

    /// What the token of a member of staff says who acts as a customer.
    pub fn impersonating(&self, staff: StaffId, customer: CustomerId, permissions: &[Permission]) -> Claims {
        Claims { act: Some(Actor { sub: staff.resource_name() }), ..self.customer(customer, permissions) }
    }

    fn claims(&self, sub: String, scope: &str, permissions: &[Permission]) -> Claims {
        let iat = self.0.clock.now().unix_timestamp();
        Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub,
            sid: None,
            jti: Uuid::nil(),
            iat,
            exp: iat + LIFE,
            nbf: None,
            auth_time: iat,
            epoch: 0,
            role: None,
            must_change_password: false,
            perm: permissions.iter().map(|permission| permission::name(*permission)).collect(),
            scope: scope.to_owned(),
            name: String::new(),
            act: None,
        }
    }

    /// The token that says this.
    ///
    /// # Panics
    /// Never: the key is of the right kind.
    pub fn sign(&self, claims: &Claims) -> String {
        claims.sign(KEY_ID, &self.0.signing).expect("the key is an Ed25519 key")
    }

    /// The same with extensions in its header that must be understood (`crit`).
    ///
    /// # Panics
    /// Never: the key is of the right kind.
    pub fn sign_with(&self, claims: &Claims, critical: &[&str]) -> String {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(KEY_ID.to_owned());
        header.crit = Some(critical.iter().map(|name| (*name).to_owned()).collect());
        jsonwebtoken::encode(&header, claims, &self.0.signing).expect("the key is an Ed25519 key")
    }

    /// Revokes something; services know within a second or so.
    pub fn revoke(&self, revocation: Revocation) {
        self.revoked(|revoked| revoked.list.push(revocation));
    }

    /// Stops listing revocations, or goes on: what services see while identity is away.
    pub fn set_silent(&self, silent: bool) {
        self.revoked(|revoked| revoked.silent = silent);
    }

    fn revoked<T>(&self, with: impl FnOnce(&mut Revoked) -> T) -> T {
        with(&mut self.0.revoked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl KeySource for TestTokens {
    fn keys(&self) -> BoxFuture<'_, Result<JsonWebKeySet, Status>> {
        let keys = vec![keys::publish(KEY_ID, &self.0.public)];
        Box::pin(async move { Ok(JsonWebKeySet { keys }) })
    }
}

impl RevocationSource for TestTokens {
    fn revocations(
        &self,
        request: ListRevocationsRequest,
    ) -> BoxFuture<'_, Result<ListRevocationsResponse, Status>> {
        let answer = self.revoked(|revoked| {
            let new = revoked.list.iter().skip(request.snapshot.parse().unwrap_or(0));
            (!revoked.silent).then(|| ListRevocationsResponse {
                revocations: new.cloned().collect(),
                snapshot: revoked.list.len().to_string(),
                ..Default::default()
            })
        });
        Box::pin(async move { answer.ok_or_else(|| Problem::Unavailable.into()) })
    }
}
