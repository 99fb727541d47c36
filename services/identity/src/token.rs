//! Access tokens: what a session may do, signed, for a few minutes.

use crate::{key::Keyring, session::Session, user::User};
use patron_chassis::{
    clock::Clock,
    ids::Ids,
    permission,
    principal::{RoleEpoch, Scope},
    status::Problem,
    token::{AUDIENCE, Claims},
};
use std::{sync::Arc, time::Duration};
use time::OffsetDateTime;

/// How long a token is good for. Longer, and revocations must be kept and listed longer; shorter, and every client asks more
/// often. Source: the project's decisions.
pub const LIFE: Duration = Duration::from_mins(5);

/// A token and its end.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// What is sent as `authorization: Bearer`.
    pub text: String,
    /// When it ends.
    pub expires_at: OffsetDateTime,
}

/// Makes tokens. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tokens {
    keyring: Keyring,
    issuer: Arc<str>,
    clock: Clock,
    ids: Ids,
}

impl Tokens {
    /// Tokens of this issuer, signed with the keys of `keyring`.
    pub fn new(keyring: Keyring, issuer: &str, clock: Clock, ids: Ids) -> Self {
        Self { keyring, issuer: issuer.into(), clock, ids }
    }

    /// A token for a session, which does not outlive it.
    pub fn issue(&self, session: &Session) -> Result<AccessToken, Problem> {
        let now = self.clock.now();
        let expires_at = session.expires_at.min(now + LIFE);
        let claims = Claims {
            iss: self.issuer.to_string(),
            aud: AUDIENCE.to_owned(),
            sub: session.user.resource_name(),
            sid: Some(session.id),
            jti: self.ids.next(),
            iat: now.unix_timestamp(),
            exp: expires_at.unix_timestamp(),
            nbf: None,
            must_change_password: session.password_temporary,
            auth_time: session.created_at.unix_timestamp(),
            epoch: session.epoch,
            role: session
                .role
                .as_ref()
                .map(|(role, epoch)| RoleEpoch { role: role.resource_name(), epoch: *epoch }),
            perm: session.permissions.iter().map(permission::name).collect(),
            scope: scope_name(session).to_owned(),
            name: session.display_name.clone(),
            act: None,
        };
        Ok(AccessToken { text: self.keyring.sign(&claims)?, expires_at })
    }
}

fn scope_name(session: &Session) -> &'static str {
    match (session.user, session.scope) {
        (User::Customer(_), _) | (_, Scope::Own(_)) => "self",
        (_, Scope::Assigned(_)) => "assigned",
        (_, Scope::All) => "all",
    }
}
