use crate::{
    error::Error,
    role::{Content, CustomRole, Role, RoleId},
    store,
};
use patron_chassis::{
    peer::Peer,
    pg::{Transaction, constraint},
    principal::{self, Scope},
};
use patron_ledger::{
    Ledger,
    change::{Caller, Changed, Locked, Next, Resource, Store, Transition},
};
use patron_proto::identity::v1 as proto;
use patron_values::{field_mask::FieldMask, fields::Fields, id::CustomRoleId};

/// Reads roles, and makes, changes and deletes those that not every Patron has.
#[derive(Debug, Clone)]
pub struct Roles {
    /// Where they are stored.
    pub ledger: Ledger,
}

impl Resource for CustomRole {
    type Name = CustomRoleId;
    type Message = proto::Role;

    const EVENTS: [&'static str; 3] = ["role.created", "role.updated", "role.deleted"];
    const SUBSCRIBERS: &'static [Peer] = &[Peer::ACTIVITY];

    fn name(&self) -> CustomRoleId {
        self.id
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn to_message(&self) -> proto::Role {
        self.into()
    }

    fn etag(message: &proto::Role) -> &str {
        &message.etag
    }
}

impl Roles {
    /// One role.
    pub async fn find(&self, id: &RoleId) -> Result<Role, Error> {
        let found = store::role::find(self.ledger.database(), id).await?;
        found.ok_or_else(|| Error::NotFound { kind: "role", name: id.resource_name() })
    }

    /// Creates a role.
    pub async fn create(
        &self,
        content: Content,
        caller: &Caller,
        granter: &principal::User,
    ) -> Result<Changed<CustomRole>, Error> {
        let (id, now) = (self.ledger.next_id(), self.ledger.now());
        let role = CustomRole { id, content, version: 1, created_at: now, updated_at: now };
        self.ledger.change(caller).create(&Granted(granter), role).await
    }

    /// Changes the fields that the mask names. What it allows then takes hold at once.
    pub async fn update(
        &self,
        id: &RoleId,
        wanted: &proto::Role,
        mask: &FieldMask,
        caller: &Caller,
        granter: &principal::User,
    ) -> Result<Changed<CustomRole>, Error> {
        let id = self.changeable(id).await?;
        self.ledger.change(caller).update(&Granted(granter), id, wanted, mask).await
    }

    /// Deletes a role that nobody has; what the same request deleted before counts as done.
    pub async fn delete(
        &self,
        id: &RoleId,
        etag: &str,
        caller: &Caller,
        granter: &principal::User,
    ) -> Result<Changed<()>, Error> {
        let id = self.changeable(id).await?;
        self.ledger.change(caller).delete(&Granted(granter), id, etag).await
    }

    /// The id of a role that can change, where there is one.
    async fn changeable(&self, id: &RoleId) -> Result<CustomRoleId, Error> {
        if let Some(custom) = id.custom() {
            return Ok(custom);
        }
        self.find(id).await?;
        let description = "every Patron has this role as it is: create another";
        Err(Error::State { rule: "ROLE_BUILT_IN", subject: id.resource_name(), description })
    }
}

/// Stores what somebody, who must be allowed as much, makes of a role.
struct Granted<'a>(&'a principal::User);

impl Granted<'_> {
    /// Nobody changes what they may do themselves, nor what allows more than that.
    fn check(&self, transition: &Transition<CustomRole>) -> Result<(), Error> {
        let (old, new) = transition.states();
        for role in [old, new].into_iter().flatten() {
            if let Some(permission) = role.content.beyond(self.0) {
                return Err(Error::BeyondOwn(permission));
            }
        }
        let own = self.0.role.as_ref().map(|own| own.role.as_str());
        let subject = transition.name().resource_name();
        if own == Some(subject.as_str()) {
            let description = "nobody changes a role of their own";
            return Err(Error::State { rule: "OWN_ROLE", subject, description });
        }
        Ok(())
    }
}

impl Store for Granted<'_> {
    type Resource = CustomRole;
    type Error = Error;

    async fn lock(
        &self,
        transaction: &mut Transaction,
        id: CustomRoleId,
    ) -> Result<Option<i64>, sqlx::Error> {
        store::role::lock(transaction, id).await
    }

    async fn find(
        &self,
        transaction: &mut Transaction,
        id: CustomRoleId,
        _: Scope,
    ) -> Result<Option<CustomRole>, sqlx::Error> {
        let found = store::role::find(transaction, &id.into()).await?;
        Ok(found.and_then(|role| if let Role::Custom(role) = role { Some(role) } else { None }))
    }

    fn parse(
        &self,
        old: &CustomRole,
        merged: &proto::Role,
        next: Next,
    ) -> Result<Option<CustomRole>, Fields> {
        let content = Content::parse(merged)?;
        let changes = content != old.content;
        Ok(changes.then(|| CustomRole { content, version: next.version, updated_at: next.at, ..old.clone() }))
    }

    async fn save(
        &self,
        locked: &mut Locked,
        transition: Transition<CustomRole>,
        _: &Caller,
    ) -> Result<Vec<Transition<CustomRole>>, Error> {
        self.check(&transition)?;
        match &transition {
            Transition::Created(new) => {
                store::role::insert(locked, new).await.map_err(|error| refused(error, new.id))?;
            }
            Transition::Updated(_, new) => {
                store::role::update(locked, new).await.map_err(|error| refused(error, new.id))?;
            }
            Transition::Deleted(old) => match store::role::count_staff(locked, old.id).await? {
                0 => store::role::delete(locked, old.id).await?,
                staff => return Err(Error::RoleInUse(old.id, staff)),
            },
        }
        Ok(vec![transition])
    }
}

/// What it means that a role cannot be stored.
fn refused(error: sqlx::Error, id: CustomRoleId) -> Error {
    match constraint(&error) {
        Some("role_display_name_key_key") => Error::Taken { kind: "role", field: "role.display_name" },
        Some("role_count_check") => Error::State {
            rule: "TOO_MANY_ROLES",
            subject: id.resource_name(),
            description: "there are as many roles as there can be: delete one first",
        },
        _ => error.into(),
    }
}
