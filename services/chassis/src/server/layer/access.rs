//! Finds out who calls, and decides whether they may.
//!
//! Who calls is known by token where the RPC is for users, and by certificate where it is for peers. An RPC for peers is decided on the
//! certificate alone and a public one on nothing: a token sent along is not looked at, so that keys can be fetched and people can sign
//! in while theirs is expired.
//!
//! Whether they may call the RPC at all is decided before anything of the request is read: what a caller may not do says nothing about
//! what exists (AIP-211). To whom they may do it is the service's to decide.

use http::header::AUTHORIZATION;
use time::OffsetDateTime;

use super::Call;
use crate::{
    peer::Peer, permission::Permission, principal::Principal, status::Problem, token::Authenticator,
};

/// Who may call an RPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Users whose token carries the permission.
    Permission {
        /// The permission.
        needed: Permission,
        /// Whether they must have signed in a short time ago, too.
        step_up: bool,
    },
    /// These services, by certificate.
    Peers(Vec<Peer>),
    /// Anyone with a valid token.
    SignedIn,
    /// Anyone with a valid token or a peer's certificate.
    Known,
    /// Anyone.
    Public,
}

/// Who makes this call.
pub(super) async fn identify(authenticator: &Authenticator, call: &Call) -> Result<Principal, Problem> {
    let by_certificate = call.peer.map_or(Principal::Anonymous, Principal::Peer);
    let token = match call.method.access {
        Access::Peers(_) | Access::Public => return Ok(by_certificate),
        Access::Permission { .. } | Access::SignedIn | Access::Known => bearer(call)?,
    };
    match token {
        None if call.method.access == Access::Known && call.peer.is_some() => Ok(by_certificate),
        None => Err(Problem::CredentialsMissing),
        Some(token) => match authenticator.remembered(token) {
            Some(user) => user.map(Principal::User),
            // Once in the life of a token, and large, for it may have to ask identity.
            None => Box::pin(authenticator.prove(token)).await.map(Principal::User),
        },
    }
}

/// The token of a call, if it has one.
fn bearer(call: &Call) -> Result<Option<&str>, Problem> {
    let mut values = call.head.headers.get_all(AUTHORIZATION).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(value), None) => value,
        // Whoever reads them in between may take the other.
        (Some(_), Some(_)) => return Err(Problem::CredentialsInvalid),
    };
    // The scheme is case-insensitive (RFC 9110, section 11.1).
    let (scheme, token) =
        value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Problem::CredentialsInvalid)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(Some(token.trim()))
    } else {
        Err(Problem::CredentialsInvalid)
    }
}

/// Denies whatever is not allowed here, at this time.
pub(super) fn decide(access: &Access, principal: &Principal, now: OffsetDateTime) -> Result<(), Problem> {
    match (access, principal) {
        (Access::Public, _)
        | (Access::SignedIn | Access::Known, Principal::User(_))
        | (Access::Known, Principal::Peer(_)) => Ok(()),
        (Access::Permission { needed, step_up }, Principal::User(user))
            if user.permissions.contains(*needed) =>
        {
            if *step_up {
                user.check_fresh(now)
            } else {
                Ok(())
            }
        }
        (Access::Permission { .. }, Principal::User(user)) if user.must_change_password => {
            Err(Problem::PasswordChangeRequired)
        }
        (Access::Permission { needed, .. }, Principal::User(_)) => Err(Problem::PermissionDenied(*needed)),
        (Access::Peers(peers), Principal::Peer(peer)) if peers.contains(peer) => Ok(()),
        (Access::Peers(_), _) => Err(Problem::PeerNotAllowed),
        (Access::Permission { .. } | Access::SignedIn | Access::Known, _) => Err(Problem::CredentialsMissing),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::*;
    use crate::{
        permission::Permissions,
        principal::{Scope, Subject, User},
    };
    use patron_values::id::StaffId;

    fn user(permission: Permission) -> Principal {
        Principal::User(Arc::new(User {
            role: None,
            authenticated: 0,
            must_change_password: false,
            subject: Subject::Staff(StaffId(Uuid::nil())),
            display_name: "".into(),
            permissions: Permissions::NONE.with(permission),
            scope: Scope::All,
            session: None,
            actor: None,
            epoch: 0,
            expires: 0,
        }))
    }

    #[test]
    fn what_needs_a_sign_in_of_late_is_refused_a_quarter_of_an_hour_after_it() {
        let user = user(Permission::CustomerDelete);
        let decided = |step_up, seconds| {
            let access = Access::Permission { needed: Permission::CustomerDelete, step_up };
            decide(&access, &user, OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(seconds))
        };
        assert!(decided(true, 15 * 60).is_ok());
        assert!(matches!(decided(true, 15 * 60 + 1), Err(Problem::StepUpRequired)));
        assert!(decided(false, 15 * 60 + 1).is_ok());
    }

    #[test]
    fn nobody_gets_in_but_by_the_declared_way() {
        let read = Access::Permission { needed: Permission::CustomerRead, step_up: false };
        let peers = Access::Peers(vec![Peer::PROFILE]);
        let (reader, writer) = (user(Permission::CustomerRead), user(Permission::CustomerUpdate));
        let (profile, group, nobody) =
            (Principal::Peer(Peer::PROFILE), Principal::Peer(Peer::GROUP), Principal::Anonymous);
        for (access, allowed) in [
            (&read, [true, false, false, false, false]),
            (&peers, [false, false, true, false, false]),
            (&Access::SignedIn, [true, true, false, false, false]),
            (&Access::Known, [true, true, true, true, false]),
            (&Access::Public, [true, true, true, true, true]),
        ] {
            let decided = [&reader, &writer, &profile, &group, &nobody]
                .map(|who| decide(access, who, OffsetDateTime::UNIX_EPOCH).is_ok());
            assert_eq!(decided, allowed, "{access:?}");
        }
    }
}
