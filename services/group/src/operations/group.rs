use crate::{
    error::Error,
    group::{Content, Group, MemberCount},
    store,
};
use patron_chassis::{
    peer::Peer,
    pg::{Transaction, constraint},
    principal::Scope,
};
use patron_ledger::{
    Ledger,
    change::{Caller, Changed, Locked, Next, Resource, Store, Transition},
};
use patron_proto::group::v1 as proto;
use patron_values::{field_mask::FieldMask, fields::Fields, id::GroupId};

/// Reads and changes groups.
#[derive(Debug, Clone)]
pub struct Groups {
    /// Where they are stored.
    pub ledger: Ledger,
}

impl Resource for Group {
    type Name = GroupId;
    type Message = proto::Group;

    const EVENTS: [&'static str; 3] = ["group.created", "group.updated", "group.deleted"];
    const SUBSCRIBERS: &'static [Peer] = &[Peer::ACTIVITY];

    fn name(&self) -> GroupId {
        self.id
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn to_message(&self) -> proto::Group {
        self.into()
    }

    fn etag(message: &proto::Group) -> &str {
        &message.etag
    }
}

impl Groups {
    /// One group that is visible in `scope`.
    pub async fn find(&self, id: GroupId, scope: Scope) -> Result<Group, Error> {
        store::group::find(self.ledger.database(), id, scope).await?.ok_or_else(|| Error::no_group(id))
    }

    /// Creates a group.
    pub async fn create(&self, content: Content, caller: &Caller) -> Result<Changed<Group>, Error> {
        let (id, now) = (self.ledger.next_id(), self.ledger.now());
        let members = MemberCount::default();
        let group = Group { id, content, members, version: 1, created_at: now, updated_at: now };
        self.ledger.change(caller).create(self, group).await
    }

    /// Changes the fields that the mask names.
    pub async fn update(
        &self,
        id: GroupId,
        wanted: &proto::Group,
        mask: &FieldMask,
        caller: &Caller,
    ) -> Result<Changed<Group>, Error> {
        self.ledger.change(caller).update(self, id, wanted, mask).await
    }

    /// Deletes a group without members; what the same request deleted before counts as done.
    pub async fn delete(&self, id: GroupId, etag: &str, caller: &Caller) -> Result<Changed<()>, Error> {
        self.ledger.change(caller).delete(self, id, etag).await
    }
}

impl Store for Groups {
    type Resource = Group;
    type Error = Error;

    async fn lock(&self, transaction: &mut Transaction, id: GroupId) -> Result<Option<i64>, sqlx::Error> {
        store::group::lock(transaction, id).await
    }

    async fn find(
        &self,
        transaction: &mut Transaction,
        id: GroupId,
        scope: Scope,
    ) -> Result<Option<Group>, sqlx::Error> {
        store::group::find(transaction, id, scope).await
    }

    fn parse(&self, old: &Group, merged: &proto::Group, next: Next) -> Result<Option<Group>, Fields> {
        let content = Content::parse("group", merged)?;
        let changes = content != old.content;
        Ok(changes.then(|| Group { content, version: next.version, updated_at: next.at, ..old.clone() }))
    }

    async fn save(
        &self,
        locked: &mut Locked,
        transition: Transition<Group>,
        _: &Caller,
    ) -> Result<Vec<Transition<Group>>, Error> {
        match &transition {
            Transition::Created(new) => store::group::insert(locked, new).await.map_err(taken)?,
            Transition::Updated(_, new) => store::group::update(locked, new).await.map_err(taken)?,
            Transition::Deleted(old) => match store::group::count_members(locked, old.id).await? {
                0 => store::group::delete(locked, old.id).await?,
                members => return Err(Error::HasMembers(old.id, members)),
            },
        }
        Ok(vec![transition])
    }
}

/// What it means that a group could not be stored.
fn taken(error: sqlx::Error) -> Error {
    match constraint(&error) {
        Some("customer_group_display_name_key_key") => {
            Error::Taken { kind: "group", field: "group.display_name" }
        }
        _ => error.into(),
    }
}
