//! Who makes a call, as the authentication layer found it.

use std::{fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    peer::Peer,
    permission::{Permission, Permissions},
    status::Problem,
};
use patron_values::id::{CustomerId, SessionId, StaffId};

/// Who makes a call. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub enum Principal {
    /// Someone with a valid token.
    User(Arc<User>),
    /// A service of the mesh in its own name, known by its certificate. The token such a call may carry was
    /// not looked at.
    Peer(Peer),
    /// Nobody known: a public RPC, or a test without layers.
    #[default]
    Anonymous,
}

/// What a valid token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Who acts; when impersonating, the customer acted for.
    pub subject: Subject,
    /// Name of the member of staff who acts, for the history; empty for others.
    pub display_name: Arc<str>,
    /// What the subject may do at all.
    pub permissions: Permissions,
    /// To whom it may do it.
    pub scope: Scope,
    /// The session the token belongs to; service accounts have none.
    pub session: Option<SessionId>,
    /// Who really acts, when impersonating.
    pub actor: Option<Subject>,
    /// The subject's credential epoch when the token was made; a later one revokes the token.
    pub epoch: i64,
    /// The role of a member of staff; customers have none.
    pub role: Option<RoleEpoch>,
    /// When the subject last proved who it is, in seconds since 1970.
    pub authenticated: i64,
    /// Whether the token is good for nothing but a change of the password.
    pub must_change_password: bool,
    /// When the token ends, in seconds since 1970.
    pub expires: i64,
}

/// How long after a sign-in its user counts as the one who signed in, for what is worth most to a thief of sessions. Source: the
/// project's decisions (step-up).
const FRESH: Duration = Duration::from_mins(15);

impl User {
    /// Fails with [`Problem::StepUpRequired`] if the subject proved who it is too long ago.
    pub fn check_fresh(&self, now: OffsetDateTime) -> Result<(), Problem> {
        check_fresh(self.authenticated, now)
    }
}

/// Fails with [`Problem::StepUpRequired`] if a user has proved who it is too long ago; `authenticated` is when, in seconds since 1970.
pub fn check_fresh(authenticated: i64, now: OffsetDateTime) -> Result<(), Problem> {
    let age = now.unix_timestamp().saturating_sub(authenticated);
    if u64::try_from(age).is_ok_and(|age| age > FRESH.as_secs()) {
        return Err(Problem::StepUpRequired);
    }
    Ok(())
}

/// A role as it was when a token was made; a later epoch revokes the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleEpoch {
    /// `roles/{role}`.
    pub role: String,
    /// Raised with each change of what the role allows.
    pub epoch: i64,
}

/// A user by kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A member of staff.
    Staff(StaffId),
    /// A customer.
    Customer(CustomerId),
    /// A service account, by name.
    Service(Arc<str>),
}

impl Subject {
    /// Reads `staff/{uuid}`, `customers/{uuid}` or `services/{name}`; `None` for anything else.
    pub fn parse(name: &str) -> Option<Self> {
        if let Some(service) = name.strip_prefix("services/") {
            let fits = !service.is_empty()
                && service.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
            return fits.then(|| Self::Service(service.into()));
        }
        StaffId::parse(name).map(Self::Staff).or_else(|_| CustomerId::parse(name).map(Self::Customer)).ok()
    }
}

/// The resource name.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Staff(id) => write!(f, "staff/{id}"),
            Self::Customer(id) => write!(f, "customers/{id}"),
            Self::Service(name) => write!(f, "services/{name}"),
        }
    }
}

/// Which customers a user's permissions are about. Stores AND it with whatever else a statement asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Every customer.
    All,
    /// The customers this member of staff is assigned to.
    Assigned(StaffId),
    /// This customer alone.
    Own(CustomerId),
}

impl Scope {
    /// Whether a customer is in it, as far as can be said without looking up who is assigned; `None` if it
    /// must be looked up.
    pub fn includes(self, customer: CustomerId) -> Option<bool> {
        match self {
            Self::All => Some(true),
            Self::Own(own) => Some(own == customer),
            Self::Assigned(_) => None,
        }
    }

    /// Those of these customers that may be in it, for a statement that looks up who is assigned.
    pub fn may_include(self, customers: &[CustomerId]) -> Vec<Uuid> {
        customers.iter().filter(|customer| self.includes(**customer) != Some(false)).map(|it| it.0).collect()
    }
}

impl Principal {
    /// The principal of a request, put there by the server's layers.
    pub fn of<T>(request: &tonic::Request<T>) -> &Self {
        request.extensions().get().unwrap_or(&Self::Anonymous)
    }

    /// The user, for RPCs that are about one. Every RPC with a permission or `signed_in` has one.
    pub fn user(&self) -> Result<&Arc<User>, Problem> {
        match self {
            Self::User(user) => Ok(user),
            Self::Peer(_) | Self::Anonymous => Err(Problem::CredentialsMissing),
        }
    }

    /// Whether it is a user with this permission, for decisions finer than an RPC.
    pub fn may(&self, permission: Permission) -> bool {
        matches!(self, Self::User(user) if user.permissions.contains(permission))
    }

    /// Like [`scope`](Self::scope), for RPCs that nobody unknown gets to.
    pub fn known_scope(&self) -> Result<Scope, Problem> {
        self.scope().ok_or(Problem::CredentialsMissing)
    }

    /// To which customers its calls are limited. A peer acts for the mesh and sees all; nobody known sees
    /// none.
    pub fn scope(&self) -> Option<Scope> {
        match self {
            Self::User(user) => Some(user.scope),
            Self::Peer(_) => Some(Scope::All),
            Self::Anonymous => None,
        }
    }
}

/// Who acts: `staff/{uuid}`, `customers/{uuid}`, `services/{name}` or, of a peer, `services/{peer}`; empty
/// for nobody known. When impersonating, the one who really acts.
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => user.actor.as_ref().unwrap_or(&user.subject).fmt(f),
            Self::Peer(peer) => write!(f, "services/{peer}"),
            Self::Anonymous => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    #[test]
    fn subjects_round_trip_and_nothing_else_is_one() {
        for name in [format!("staff/{ID}"), format!("customers/{ID}"), "services/storefront".to_owned()] {
            assert_eq!(Subject::parse(&name).unwrap().to_string(), name);
        }
        for wrong in [
            "",
            "staff/",
            "staff/me",
            "services/",
            "services/a b",
            "services/é",
            "groups/01890a5d-ac96-774b-bcce-b302099a8057",
        ] {
            assert_eq!(Subject::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_customer_is_in_their_own_scope_only() {
        let (own, other) = (CustomerId(Uuid::from_u128(1)), CustomerId(Uuid::from_u128(2)));
        assert_eq!(Scope::Own(own).includes(own), Some(true));
        assert_eq!(Scope::Own(own).includes(other), Some(false));
        assert_eq!(Scope::Assigned(StaffId(Uuid::nil())).includes(own), None);
        assert_eq!(Principal::Anonymous.scope(), None);
    }
}
