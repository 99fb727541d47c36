use super::password::ChosenPassword;
use crate::{
    error::Error,
    password::{Hash, Password},
    role::{Role, RoleId},
    session::{forgotten_at, revoke_sessions},
    staff::{Details, Staff},
    store,
    tools::Tools,
    user::{User, UserKind},
};
use patron_chassis::{
    peer::Peer,
    pg::{self, Transaction},
    principal::{self, Scope},
    status::Problem,
};
use patron_ledger::change::{self, Caller, Changed, Locked, Next, Resource, Store, Transition};
use patron_proto::{event::v1::ChangeContext, identity::v1 as proto};
use patron_values::{field_mask::FieldMask, fields::Fields, id::StaffId, username::Username};
use std::slice;

/// Creates and changes members of staff.
#[derive(Clone)]
pub struct StaffUsers {
    /// What changes are made with.
    pub tools: Tools,
}

impl StaffUsers {
    /// Creates a member of staff, whose password is temporary: someone else knows it.
    pub async fn create(
        &self,
        message: &proto::Staff,
        password: &Password,
        caller: &Caller,
        granter: &principal::User,
    ) -> Result<Changed<Staff>, Error> {
        let staff = self.parse(message, password)?;
        let hash = self.tools.hasher.hash(password).await?;
        let store = StaffStore::Granted { granter, password: Some(&hash) };
        self.tools.ledger.change(caller).create(&store, staff).await
    }

    /// The person that a caller asks for; with all mistakes at once.
    fn parse(&self, message: &proto::Staff, password: &Password) -> Result<Staff, Problem> {
        let mut fields = Fields::at("staff");
        let username = fields.required("username", &message.username, Username::parse);
        let details = Details::parse(&mut fields, message);
        let personal = [message.username.as_str(), &message.email, &message.display_name];
        let mut wrong = Fields::default();
        wrong.extend(fields);
        wrong.keep("password", self.tools.policy.check(UserKind::Staff, password, &personal));
        let (Some(username), Some(details), true) = (username, details, wrong.is_clean()) else {
            return Err(Problem::from(wrong));
        };
        let now = self.tools.clock.now();
        Ok(Staff {
            id: self.tools.ids.next(),
            username,
            details,
            version: 1,
            last_sign_in_at: None,
            created_at: now,
            updated_at: now,
        })
    }

    /// Stores the first member of staff, whom nobody created, and publishes it.
    pub(crate) async fn insert_first(
        &self,
        transaction: &mut Transaction,
        staff: &Staff,
        (hash, temporary): (&Hash, bool),
        context: &ChangeContext,
    ) -> Result<(), Error> {
        let inserted = store::staff::insert(transaction, staff, hash, temporary).await;
        inserted.map_err(|error| refused(error, staff.id))?;
        let events = change::created(slice::from_ref(staff), None);
        Ok(self.tools.outbox.publish(transaction, context, self.tools.clock.now(), events).await?)
    }

    /// Changes the fields that the mask names. A new role takes hold at once, and who is disabled is signed out.
    pub async fn update(
        &self,
        id: StaffId,
        message: &proto::Staff,
        mask: &FieldMask,
        caller: &Caller,
        granter: &principal::User,
    ) -> Result<Changed<Staff>, Error> {
        let store = StaffStore::Granted { granter, password: None };
        self.tools.ledger.change(caller).update(&store, id, message, mask).await
    }

    /// Sets a password that the person must change, and ends every session.
    pub async fn set_password(
        &self,
        id: StaffId,
        password: &Password,
        caller: &Caller,
        granter: &principal::User,
    ) -> Result<Changed<Staff>, Error> {
        if User::of(&granter.subject) == Some(User::Staff(id)) {
            // Without the old password a stolen token would be worth an account.
            let description = "one's own password is changed by who knows the old one";
            return Err(Error::State { rule: "OWN_PASSWORD", subject: id.resource_name(), description });
        }
        let known = store::staff::find(&self.tools.database, id).await?.ok_or_else(|| not_found(id))?;
        let checked = self.tools.policy.check(UserKind::Staff, password, &known.names());
        checked.map_err(|weakness| Problem::invalid("password", weakness.to_string()))?;
        let hash = self.tools.hasher.hash(password).await?;
        let store = StaffStore::Granted { granter, password: Some(&hash) };
        let next = |old: &Staff, next: Next| Ok(Some(old.changed(next)));
        self.tools.ledger.change(caller).apply(&store, id, "staff.password_set", next).await
    }
}

/// Stores members of staff.
pub(super) enum StaffStore<'a> {
    /// What a caller, who must be allowed as much, makes of a person; with a password where one is set.
    Granted { granter: &'a principal::User, password: Option<&'a Hash> },
    /// A password that the person, who knows the one before, chooses.
    Chosen(ChosenPassword<'a>),
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

async fn find_role(transaction: &mut Transaction, role: &RoleId) -> Result<Role, Error> {
    let found = store::role::find(transaction, role).await?;
    found.ok_or_else(|| Problem::invalid("staff.role", "is no role there is").into())
}

/// Nobody gives a role, or touches who has one, that allows more than they may themselves.
fn within_own(role: &Role, granter: &principal::User) -> Result<(), Error> {
    match role.beyond(granter) {
        Some(permission) => Err(Error::BeyondOwn(permission)),
        None => Ok(()),
    }
}

fn not_found(id: StaffId) -> Error {
    Error::NotFound { kind: "staff", name: id.resource_name() }
}

/// What it means that a member of staff cannot be stored.
fn refused(error: sqlx::Error, id: StaffId) -> Error {
    match pg::constraint(&error) {
        Some("staff_username_key_key" | "staff_username_skeleton_key") => {
            Error::Taken { kind: "staff", field: "staff.username" }
        }
        Some("staff_email_key_key") => Error::Taken { kind: "staff", field: "staff.email" },
        Some("staff_last_administrator_check") => Error::State {
            rule: "LAST_ADMINISTRATOR",
            subject: id.resource_name(),
            description: "the last administrator can be neither disabled nor given another role",
        },
        _ => error.into(),
    }
}
