use std::collections::HashMap;

use patron_proto::identity::internal::v1::Revocation;
use patron_values::id::SessionId;

use crate::principal::{RoleEpoch, Subject, User};

/// What is revoked, each with the second since 1970 at which it can be forgotten.
#[derive(Clone, Default)]
pub(super) struct Revoked {
    pub(super) sessions: HashMap<SessionId, i64>,
    /// Lowest epoch that counts, by user.
    users: HashMap<Subject, (i64, i64)>,
    /// The same by role.
    roles: HashMap<Box<str>, (i64, i64)>,
}

impl Revoked {
    /// Removes revocations of which every token concerned has expired.
    pub(super) fn forget(&mut self, now: i64) {
        self.sessions.retain(|_, forget| *forget > now);
        self.users.retain(|_, (_, forget)| *forget > now);
        self.roles.retain(|_, (_, forget)| *forget > now);
    }

    /// Adds what was listed.
    pub(super) fn add(&mut self, revocation: &Revocation) {
        let forget = revocation.expire_time.map_or(i64::MAX, |time| time.seconds);
        if let Ok(session) = SessionId::parse(&revocation.session) {
            self.sessions.insert(session, forget);
        }
        let lowest = if let Some(user) = Subject::parse(&revocation.subject) {
            self.users.entry(user).or_default()
        } else if revocation.subject.starts_with("roles/") {
            self.roles.entry(revocation.subject.as_str().into()).or_default()
        } else {
            return;
        };
        *lowest = (lowest.0.max(revocation.epoch), lowest.1.max(forget));
    }

    /// Whether adding it would change nothing: most of what is listed was listed before.
    pub(super) fn has(&self, revocation: &Revocation) -> bool {
        let mut with = Self::default();
        with.add(revocation);
        let known = |lowest: Option<&(i64, i64)>, new: &(i64, i64)| {
            lowest.is_some_and(|lowest| lowest.0 >= new.0 && lowest.1 >= new.1)
        };
        with.sessions.keys().all(|session| self.sessions.contains_key(session))
            && with.users.iter().all(|(user, new)| known(self.users.get(user), new))
            && with.roles.iter().all(|(role, new)| known(self.roles.get(role), new))
    }

    /// Whether the token that says this of its user is revoked.
    pub(super) fn holds(&self, user: &User) -> bool {
        let ended = user.session.is_some_and(|session| self.sessions.contains_key(&session));
        let outdated = |lowest: Option<&(i64, i64)>, epoch| lowest.is_some_and(|lowest| epoch < lowest.0);
        let by_role = |it: &RoleEpoch| outdated(self.roles.get(it.role.as_str()), it.epoch);
        ended
            || outdated(self.users.get(&user.subject), user.epoch)
            || user.role.as_ref().is_some_and(by_role)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use patron_values::id::StaffId;
    use uuid::Uuid;

    use super::*;
    use crate::{permission::Permissions, principal::Scope};

    const STAFF: StaffId = StaffId(Uuid::from_u128(1));
    const SESSION: SessionId = SessionId(Uuid::from_u128(2));

    pub(crate) fn user() -> User {
        User {
            subject: Subject::Staff(STAFF),
            display_name: "".into(),
            permissions: Permissions::NONE,
            scope: Scope::All,
            session: Some(SESSION),
            actor: None,
            epoch: 3,
            role: Some(RoleEpoch { role: "roles/manager".into(), epoch: 7 }),
            authenticated: 0,
            must_change_password: false,
            expires: i64::MAX,
        }
    }

    pub(crate) fn session(expires: i64) -> Revocation {
        let seconds = Some(prost_types::Timestamp { seconds: expires, nanos: 0 });
        Revocation { session: SESSION.resource_name(), expire_time: seconds, ..Revocation::default() }
    }

    pub(crate) fn epoch(epoch: i64) -> Revocation {
        Revocation { subject: STAFF.resource_name(), epoch, ..Revocation::default() }
    }

    fn holds(revocations: &[Revocation]) -> bool {
        let mut revoked = Revoked::default();
        for revocation in revocations {
            revoked.add(revocation);
            assert!(revoked.has(revocation));
        }
        revoked.holds(&user())
    }

    #[test]
    fn a_user_is_revoked_by_session_and_by_a_later_epoch() {
        assert!(!holds(&[]));
        assert!(!holds(&[epoch(3)]));
        assert!(holds(&[epoch(4), epoch(2)]));
        assert!(holds(&[session(10)]));
    }

    #[test]
    fn an_edited_role_revokes_by_one_epoch_the_tokens_made_before() {
        let role =
            |role: &str, epoch| Revocation { subject: role.to_owned(), epoch, ..Revocation::default() };
        assert!(!holds(&[role("roles/manager", 7), role("roles/viewer", 9)]));
        assert!(holds(&[role("roles/manager", 8)]));
    }
}
