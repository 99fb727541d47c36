use super::staff_store::{StaffStore, refused};
use crate::{
    error::Error,
    password::{Hash, Password},
    staff::{Details, Signature, Staff},
    store,
    throttle::Throttle,
    tools::Tools,
    user::{User, UserKind},
};
use patron_chassis::{pg::Transaction, principal, status::Problem};
use patron_ledger::change::{self, Caller, Changed, Next, Resource};
use patron_proto::{event::v1::ChangeContext, identity::v1 as proto};
use patron_values::{field_mask::FieldMask, fields::Fields, id::StaffId, username::Username};
use std::slice;

/// Creates and changes members of staff.
#[derive(Clone)]
pub struct StaffUsers {
    /// What changes are made with.
    pub tools: Tools,
    /// Slows the guessing of passwords.
    pub throttle: Throttle,
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

    /// Changes what a person's own letters end with.
    pub async fn set_signature(
        &self,
        id: StaffId,
        signature: Option<&Signature>,
        caller: &Caller,
    ) -> Result<Changed<Staff>, Error> {
        let next = |old: &Staff, next: Next| {
            let details = Details { signature: signature.cloned(), ..old.details.clone() };
            let changes = details != old.details;
            Ok(changes.then(|| Staff { details, ..old.changed(next) }))
        };
        let [_, updated, _] = Staff::EVENTS;
        self.tools.ledger.change(caller).apply(&StaffStore::Own, id, updated, next).await
    }

    /// Ends the wait after wrong passwords, where there is one.
    pub async fn unlock(
        &self,
        id: StaffId,
        caller: &Caller,
        granter: &principal::User,
    ) -> Result<Changed<Staff>, Error> {
        let known = store::staff::find(&self.tools.database, id).await?.ok_or_else(|| not_found(id))?;
        if self.throttle.held_until(User::Staff(id)).await?.is_none() {
            return Ok(Changed::nothing(known));
        }
        let store = StaffStore::Unlocked { granter, throttle: &self.throttle };
        let next = |old: &Staff, next: Next| Ok(Some(old.changed(next)));
        self.tools.ledger.change(caller).apply(&store, id, "staff.unlocked", next).await
    }
}

fn not_found(id: StaffId) -> Error {
    Error::NotFound { kind: "staff", name: id.resource_name() }
}
