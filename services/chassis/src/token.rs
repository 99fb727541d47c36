//! Access tokens: believed if identity signed them, for us, and they have neither ended nor been revoked.

use std::{collections::HashSet, sync::Arc, time::Duration};

use jsonwebtoken::{Algorithm, EncodingKey, Header, Validation};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    clock::Clock,
    keys::Keys,
    permission::{self, Permissions},
    principal::{RoleEpoch, Scope, Subject, User},
    revocation::Revocations,
    status::Problem,
};
use patron_values::id::SessionId;

/// Whom tokens must be made for.
pub const AUDIENCE: &str = "patron";
/// `typ` of their header (RFC 9068, section 2.1), so that a token made for another purpose is never taken for
/// one.
pub(crate) const TYPE: &str = "at+jwt";
/// Longest token looked at, in bytes: one with every permission has about 1,500.
const LONGEST: usize = 8 * 1024;
/// Tokens remembered. At 5 minutes each this is more people than a company has at work; the least used go
/// first.
const REMEMBERED: u64 = 20_000;
/// How long one is remembered: the life of a token.
const MEMORY: Duration = Duration::from_mins(5);

/// What a token says. Identity writes it, every service reads it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it: `PATRON_TOKEN_ISSUER`.
    pub iss: String,
    /// Whom it is for: [`AUDIENCE`].
    pub aud: String,
    /// Who acts, or is acted for: `staff/{uuid}` or `customers/{uuid}`.
    pub sub: String,
    /// The session it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// Id of the token itself.
    pub jti: Uuid,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// When it begins, in seconds since 1970, where that is later than its making.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// When `sub` last proved who it is, in seconds since 1970 (RFC 9068, section 2.2.1).
    #[serde(default)]
    pub auth_time: i64,
    /// Credential epoch of `sub` when it was made.
    pub epoch: i64,
    /// The role of a member of staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleEpoch>,
    /// What `sub` may do, by [name](permission::name). Names unknown to the reader give nothing.
    #[serde(default)]
    pub perm: Vec<String>,
    /// Whether the password must be changed first, and there is nothing that `sub` may do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub must_change_password: bool,
    /// To whom: `all`, `assigned` or `self`.
    pub scope: String,
    /// Name of a member of staff, for the history; of customers none is given.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Who really acts when impersonating.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
}

/// Who acts for `sub` (RFC 8693, section 4.1).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Actor {
    /// `staff/{uuid}`.
    pub sub: String,
}

impl Claims {
    /// Signs them with an Ed25519 key, which the [key set](crate::keys) lists under `key_id`. Fails if it is
    /// no such key.
    pub fn sign(&self, key_id: &str, key: &EncodingKey) -> Result<String, jsonwebtoken::errors::Error> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key_id.to_owned());
        jsonwebtoken::encode(&header, self, key)
    }
}

/// Tells whether a token that was proved still is in force. Cheap to clone.
#[derive(Clone)]
pub struct Validity {
    revocations: Revocations,
    clock: Clock,
}

impl Validity {
    /// By this clock, and by what is known to be revoked.
    pub fn new(revocations: Revocations, clock: Clock) -> Self {
        Self { revocations, clock }
    }

    /// Fails if the user's token has ended or was revoked, or with [`Problem::Unavailable`] if the latter is
    /// not known.
    pub fn check(&self, user: &User) -> Result<(), Problem> {
        if self.clock.now().unix_timestamp() >= user.expires {
            return Err(Problem::CredentialsInvalid);
        }
        self.revocations.check(user)
    }

    /// The same for what goes on after the token has ended: fails if it was revoked. A revocation is known for longer than a token is
    /// good, so whoever asks every few minutes misses none.
    pub fn check_not_revoked(&self, user: &User) -> Result<(), Problem> {
        self.revocations.check(user)
    }
}

/// Tells who a token belongs to.
pub struct Authenticator {
    keys: Keys,
    validity: Validity,
    validation: Validation,
    proved: Cache<Box<str>, Arc<User>>,
}

impl Authenticator {
    /// Believes tokens of this issuer that one of the keys signed.
    pub fn new(issuer: &str, keys: Keys, revocations: Revocations, clock: Clock) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.required_spec_claims = HashSet::from(["iss", "aud", "sub", "exp"].map(str::to_owned));
        // Compared with our clock, on every call.
        validation.validate_exp = false;
        let proved = Cache::builder().max_capacity(REMEMBERED).time_to_live(MEMORY).build();
        Self { keys, validity: Validity::new(revocations, clock), validation, proved }
    }

    /// The time by the clock that tokens are judged by.
    pub fn now(&self) -> OffsetDateTime {
        self.validity.clock.now()
    }

    /// Whose token it is, if it was proved before; revocation and end are looked at again. `None` if it must
    /// be [proved](Self::prove).
    pub fn remembered(&self, token: &str) -> Option<Result<Arc<User>, Problem>> {
        self.proved.get(token).map(|user| self.in_force(user))
    }

    /// Checks the signature and what the token says. May fetch keys.
    pub async fn prove(&self, token: &str) -> Result<Arc<User>, Problem> {
        if token.len() > LONGEST {
            return Err(Problem::CredentialsInvalid);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| Problem::CredentialsInvalid)?;
        // An extension that must be understood (RFC 7515, section 4.1.11): none is.
        let critical = header.crit.is_some();
        if header.typ.as_deref() != Some(TYPE) || header.alg != Algorithm::EdDSA || critical {
            return Err(Problem::CredentialsInvalid);
        }
        let key = self.keys.find(header.kid.as_deref().ok_or(Problem::CredentialsInvalid)?).await?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &self.validation)
            .map_err(|_| Problem::CredentialsInvalid)?
            .claims;
        if claims.nbf.is_some_and(|begin| begin > self.validity.clock.now().unix_timestamp()) {
            return Err(Problem::CredentialsInvalid);
        }
        let user = self.in_force(Arc::new(claims.user().ok_or(Problem::CredentialsInvalid)?))?;
        self.proved.insert(token.into(), user.clone());
        Ok(user)
    }

    fn in_force(&self, user: Arc<User>) -> Result<Arc<User>, Problem> {
        self.validity.check(&user)?;
        Ok(user)
    }
}

impl Claims {
    /// `None` if the claims contradict each other or say what nothing here can mean.
    fn user(self) -> Option<User> {
        let subject = Subject::parse(&self.sub)?;
        let actor = match self.act {
            Some(actor) => Some(Subject::parse(&actor.sub).filter(|it| matches!(it, Subject::Staff(_)))?),
            None => None,
        };
        // Services are known by their certificates: no token makes a person of one.
        let scope = match (self.scope.as_str(), &subject) {
            ("all", Subject::Staff(_)) => Scope::All,
            ("assigned", Subject::Staff(staff)) => Scope::Assigned(*staff),
            ("self", Subject::Customer(customer)) => Scope::Own(*customer),
            _ => return None,
        };
        // A permission that this build does not know yet gives nothing.
        let permissions =
            self.perm.iter().filter_map(|name| permission::parse(name)).collect::<Permissions>();
        Some(User {
            subject,
            display_name: self.name.into(),
            permissions,
            scope,
            session: self.sid,
            actor,
            epoch: self.epoch,
            role: self.role,
            authenticated: self.auth_time,
            must_change_password: self.must_change_password,
            expires: self.exp,
        })
    }
}
