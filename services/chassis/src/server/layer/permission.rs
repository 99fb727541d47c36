//! Decides whether the caller may call the RPC at all, before anything of the request is read: what a caller
//! may not do tells nothing about what exists (AIP-211). Whom it may do it to is the service's to decide.

use super::Access;
use crate::{principal::Principal, status::Problem};

/// Denies whatever is not allowed here.
pub(super) fn decide(access: &Access, principal: &Principal) -> Result<(), Problem> {
    match (access, principal) {
        (Access::Public, _)
        | (Access::SignedIn | Access::Known, Principal::User(_))
        | (Access::Known, Principal::Peer(_)) => Ok(()),
        (Access::Permission(needed), Principal::User(user)) if user.permissions.contains(*needed) => Ok(()),
        (Access::Permission(_), Principal::User(user)) if user.must_change_password => {
            Err(Problem::PasswordChangeRequired)
        }
        (Access::Permission(needed), Principal::User(_)) => Err(Problem::PermissionDenied(*needed)),
        (Access::Peers(peers), Principal::Peer(peer)) if peers.contains(peer) => Ok(()),
        (Access::Peers(_), _) => Err(Problem::PeerNotAllowed),
        (Access::Permission(_) | Access::SignedIn | Access::Known, _) => Err(Problem::CredentialsMissing),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::*;
    use crate::{
        peer::Peer,
        permission::{Permission, Permissions},
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
    fn nobody_gets_in_but_by_the_declared_way() {
        let read = Access::Permission(Permission::CustomerRead);
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
            let decided =
                [&reader, &writer, &profile, &group, &nobody].map(|who| decide(access, who).is_ok());
            assert_eq!(decided, allowed, "{access:?}");
        }
    }
}
