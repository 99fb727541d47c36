use crate::{
    error::Error,
    password::{Hash, Password},
    role::{Role, RoleId},
    session::{forgotten_at, revoke_sessions},
    staff::{Details, Staff, event},
    store,
    tools::Tools,
    user::{User, UserKind},
};
use patron_chassis::{
    peer::Peer,
    pg::{self, Transaction},
    principal,
    status::Problem,
};
use patron_ledger::{
    change::{Caller, Changed},
    idempotency::Verdict,
    inbox::ConsistencyToken,
};
use patron_proto::{event::v1::ChangeContext, identity::v1 as proto};
use patron_values::{
    diff::diff, etag::Precondition, field_mask::FieldMask, fields::Fields, id::StaffId, username::Username,
};

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
        by: &Caller,
        granter: &principal::User,
    ) -> Result<Changed<Staff>, Error> {
        let staff = self.parse(message, password)?;
        let hash = self.tools.hasher.hash(password).await?;
        let mut transaction = self.tools.database.begin().await?;
        if let Some(earlier) = repeated(&mut transaction, by, staff.id).await? {
            let known = store::staff::find(&mut transaction, earlier).await?;
            return known.map(Changed::nothing).ok_or_else(|| not_found(earlier));
        }
        within_own(&find_role(&mut transaction, &staff.details.role).await?, granter)?;
        let created = self.insert(&mut transaction, staff, (&hash, true), &by.context).await?;
        transaction.commit().await?;
        Ok(created)
    }

    /// The person that a caller asks for; all mistakes are told at once.
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

    /// Stores a new member of staff with the hash of a password, temporary or not, and publishes it.
    pub(crate) async fn insert(
        &self,
        transaction: &mut Transaction,
        staff: Staff,
        (hash, temporary): (&Hash, bool),
        context: &ChangeContext,
    ) -> Result<Changed<Staff>, Error> {
        store::staff::insert(transaction, &staff, hash, temporary)
            .await
            .map_err(|error| refused(error, staff.id))?;
        self.publish(transaction, "staff.created", None, staff, context).await
    }

    /// Changes the fields that the mask names. A new role takes hold at once, and who is disabled is signed out.
    pub async fn update(
        &self,
        id: StaffId,
        message: &proto::Staff,
        mask: &FieldMask,
        by: &Caller,
        granter: &principal::User,
    ) -> Result<Changed<Staff>, Error> {
        let mut transaction = self.tools.database.begin().await?;
        let old = store::staff::lock(&mut transaction, id).await?.ok_or_else(|| not_found(id))?;
        if repeated(&mut transaction, by, id).await?.is_some() {
            return Ok(Changed::nothing(old));
        }
        if !Precondition::parse(id.0, &message.etag).permits(old.version) {
            return Err(Error::Changed(mask.paths().map(str::to_owned).collect()));
        }
        let Some(new) = self.merge(&old, message, mask)? else { return Ok(Changed::nothing(old)) };
        within_own(&find_role(&mut transaction, &old.details.role).await?, granter)?;
        within_own(&find_role(&mut transaction, &new.details.role).await?, granter)?;
        self.store(&mut transaction, &old, &new).await?;
        let updated = self.publish(&mut transaction, "staff.updated", Some(&old), new, &by.context).await?;
        transaction.commit().await?;
        Ok(updated)
    }

    /// The person as it shall be; `None` where nothing is to change.
    fn merge(&self, old: &Staff, message: &proto::Staff, mask: &FieldMask) -> Result<Option<Staff>, Problem> {
        let known = proto::Staff::from(old);
        mask.check_fixed(&known, message)?;
        let merged = mask.merge(&known, message);
        let mut fields = Fields::at("staff");
        let Some(details) = Details::parse(&mut fields, &merged) else { return Err(Problem::from(fields)) };
        let changed =
            Staff { details, version: old.version + 1, updated_at: self.tools.clock.now(), ..old.clone() };
        Ok((changed.details != old.details).then_some(changed))
    }

    async fn store(&self, transaction: &mut Transaction, old: &Staff, new: &Staff) -> Result<(), Error> {
        let disabled = new.details.disabled && !old.details.disabled;
        let raises = disabled || new.details.role != old.details.role;
        let stored = store::staff::update(transaction, new, i64::from(raises)).await;
        let epoch = stored.map_err(|error| refused(error, new.id))?;
        let (user, now) = (User::Staff(new.id), self.tools.clock.now());
        if disabled {
            revoke_sessions(transaction, user, epoch, None, now).await?;
        } else if raises {
            // Sessions go on; tokens with the old permissions do not.
            store::revocation::insert_epoch(transaction, user, epoch, forgotten_at(now)).await?;
        }
        Ok(())
    }

    /// Sets a password that the person must change, and ends every session.
    pub async fn set_password(
        &self,
        id: StaffId,
        password: &Password,
        by: &Caller,
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
        let mut transaction = self.tools.database.begin().await?;
        let old = store::staff::lock(&mut transaction, id).await?.ok_or_else(|| not_found(id))?;
        within_own(&find_role(&mut transaction, &old.details.role).await?, granter)?;
        let now = self.tools.clock.now();
        let new = Staff { version: old.version + 1, updated_at: now, ..old.clone() };
        let epoch = store::staff::update_password(&mut transaction, &new, &hash).await?;
        revoke_sessions(&mut transaction, User::Staff(id), epoch, None, now).await?;
        let changed =
            self.publish(&mut transaction, "staff.password_set", Some(&old), new, &by.context).await?;
        transaction.commit().await?;
        Ok(changed)
    }

    async fn publish(
        &self,
        transaction: &mut Transaction,
        kind: &'static str,
        old: Option<&Staff>,
        new: Staff,
        context: &ChangeContext,
    ) -> Result<Changed<Staff>, Error> {
        let mut event = event(kind, new.id, new.version);
        event.changes = diff(old.map(proto::Staff::from).as_ref(), Some(&proto::Staff::from(&new)));
        let consistency_token = ConsistencyToken {
            source: Peer::IDENTITY,
            aggregate: event.aggregate.clone(),
            version: event.version,
        };
        self.tools.outbox.publish(transaction, context, self.tools.clock.now(), vec![event]).await?;
        Ok(Changed::to(new, consistency_token))
    }
}

/// The person of the same request when it came before; records the request where it did not.
async fn repeated(transaction: &mut Transaction, by: &Caller, id: StaffId) -> Result<Option<StaffId>, Error> {
    let Some(request) = &by.request else { return Ok(None) };
    match request.record(transaction, id.0).await? {
        Verdict::New => Ok(None),
        Verdict::Replay(earlier) => Ok(Some(earlier.into())),
        Verdict::Mismatch => Err(Error::RequestIdReused),
    }
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
