//! How members of staff are stored in a change.

use super::password::ChosenPassword;
use crate::{
    error::Error,
    password::Hash,
    role::{Content, RoleId},
    session::{forgotten_at, revoke_sessions},
    staff::{Details, Staff},
    store,
    throttle::Throttle,
    user::User,
};
use patron_chassis::{
    peer::Peer,
    pg::{self, Transaction},
    principal::{self, Scope},
    status::Problem,
};
use patron_ledger::change::{Caller, Locked, Next, Resource, Store, Transition};
use patron_proto::identity::v1 as proto;
use patron_values::{fields::Fields, id::StaffId};

/// Stores members of staff.
pub(super) enum StaffStore<'a> {
    /// What a caller, who must be allowed as much, makes of a person; with a password where one is set.
    Granted { granter: &'a principal::User, password: Option<&'a Hash> },
    /// A password that the person, who knows the one before, chooses.
    Chosen(ChosenPassword<'a>),
    /// What the person says of themselves.
    Own,
    /// No further wait after wrong passwords, by a caller who must be allowed as much.
    Unlocked { granter: &'a principal::User, throttle: &'a Throttle },
}

impl Resource for Staff {
    type Name = StaffId;
    type Message = proto::Staff;

    const EVENTS: [&'static str; 3] = ["staff.created", "staff.updated", "staff.deleted"];
    const SUBSCRIBERS: &'static [Peer] = &[Peer::ACTIVITY];

    fn name(&self) -> StaffId {
        self.id
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn to_message(&self) -> proto::Staff {
        self.into()
    }

    fn etag(message: &proto::Staff) -> &str {
        &message.etag
    }
}

impl Store for StaffStore<'_> {
    type Resource = Staff;
    type Error = Error;

    async fn lock(&self, transaction: &mut Transaction, id: StaffId) -> Result<Option<i64>, sqlx::Error> {
        Ok(store::staff::lock(transaction, id).await?.map(|staff| staff.version))
    }

    async fn find(
        &self,
        transaction: &mut Transaction,
        id: StaffId,
        _: Scope,
    ) -> Result<Option<Staff>, sqlx::Error> {
        store::staff::find(transaction, id).await
    }

    fn parse(&self, old: &Staff, merged: &proto::Staff, next: Next) -> Result<Option<Staff>, Fields> {
        let mut fields = Fields::at("staff");
        let Some(details) = Details::parse(&mut fields, merged) else { return Err(fields) };
        let changes = details != old.details;
        let new = Staff { details, ..old.changed(next) };
        Ok(changes.then_some(new))
    }

    async fn save(
        &self,
        locked: &mut Locked,
        transition: Transition<Staff>,
        _: &Caller,
    ) -> Result<Vec<Transition<Staff>>, Error> {
        match self {
            Self::Granted { granter, password } => {
                save_granted(locked, &transition, granter, *password).await?;
            }
            Self::Own => {
                if let Transition::Updated(old, new) = &transition {
                    update(locked, old, new).await?;
                }
            }
            Self::Unlocked { granter, throttle } => {
                if let Transition::Updated(old, new) = &transition {
                    within_own(&find_role(locked, &old.details.role).await?, granter)?;
                    throttle.unlock(locked, User::Staff(new.id)).await?;
                    update(locked, old, new).await?;
                }
            }
            Self::Chosen(chosen) => {
                if let Transition::Updated(_, new) = &transition {
                    let epoch = store::staff::choose_password(locked, new, chosen.seen, chosen.hash).await?;
                    chosen.renew_session(locked, epoch, new.updated_at).await?;
                }
            }
        }
        Ok(vec![transition])
    }
}

async fn save_granted(
    locked: &mut Locked,
    transition: &Transition<Staff>,
    granter: &principal::User,
    password: Option<&Hash>,
) -> Result<(), Error> {
    let (old, new) = transition.states();
    for staff in [old, new].into_iter().flatten() {
        within_own(&find_role(locked, &staff.details.role).await?, granter)?;
    }
    match (transition, password) {
        // Who creates a person knows the password, so it is temporary.
        (Transition::Created(new), Some(hash)) => {
            let inserted = store::staff::insert(locked, new, hash, true).await;
            inserted.map_err(|error| refused(error, new.id))
        }
        (Transition::Updated(_, new), Some(hash)) => {
            let epoch = store::staff::update_password(locked, new, hash).await?;
            Ok(revoke_sessions(locked, User::Staff(new.id), epoch, None, new.updated_at).await?)
        }
        (Transition::Updated(old, new), None) => update(locked, old, new).await,
        (Transition::Created(_), None) | (Transition::Deleted(_), _) => {
            Err(Problem::internal("nobody begins without a password, and nobody is deleted").into())
        }
    }
}

/// Stores new details. A new role takes hold at once, and who is disabled is signed out.
async fn update(transaction: &mut Transaction, old: &Staff, new: &Staff) -> Result<(), Error> {
    let disabled = new.details.disabled && !old.details.disabled;
    let raises = disabled || new.details.role != old.details.role;
    let stored = store::staff::update(transaction, new, i64::from(raises)).await;
    let epoch = stored.map_err(|error| refused(error, new.id))?;
    let (user, now) = (User::Staff(new.id), new.updated_at);
    if disabled {
        revoke_sessions(transaction, user, epoch, None, now).await?;
    } else if raises {
        // Sessions go on; tokens with the old permissions do not.
        store::revocation::insert_epoch(transaction, user, epoch, forgotten_at(now)).await?;
    }
    Ok(())
}

async fn find_role(transaction: &mut Transaction, role: &RoleId) -> Result<Content, Error> {
    let found = store::role::find(transaction, role).await?;
    Ok(found.ok_or_else(no_role)?.content().clone())
}

fn no_role() -> Problem {
    Problem::invalid("staff.role", "is no role there is")
}

/// Nobody gives a role, or touches who has one, that allows more than they may themselves.
fn within_own(role: &Content, granter: &principal::User) -> Result<(), Error> {
    match role.beyond(granter) {
        Some(permission) => Err(Error::BeyondOwn(permission)),
        None => Ok(()),
    }
}

/// What it means that a member of staff cannot be stored.
pub(super) fn refused(error: sqlx::Error, id: StaffId) -> Error {
    match pg::constraint(&error) {
        Some("staff_username_key_key" | "staff_username_skeleton_key") => {
            Error::Taken { kind: "staff", field: "staff.username" }
        }
        Some("staff_email_key_key") => Error::Taken { kind: "staff", field: "staff.email" },
        // It was deleted a moment ago.
        Some("staff_role_fkey") => no_role().into(),
        Some("staff_last_administrator_check") => Error::State {
            rule: "LAST_ADMINISTRATOR",
            subject: id.resource_name(),
            description: "the last administrator can be neither disabled nor given another role",
        },
        _ => error.into(),
    }
}
