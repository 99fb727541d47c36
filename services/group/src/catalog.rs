//! The groups there are: each change locks the group, so that its versions and the events about it are in one order.

use crate::{
    error::Error,
    group::{Content, Group, MemberCount},
    store,
};
use patron_chassis::{
    clock::Clock,
    ids::Ids,
    peer::Peer,
    pg::{Database, Transaction, constraint},
    status::Problem,
};
use patron_ledger::{
    change::{By, Changed},
    idempotency::Verdict,
    inbox::ConsistencyToken,
    outbox::{NewEvent, Outbox},
};
use patron_proto::group::v1 as proto;
use patron_values::{diff::diff, etag::Precondition, field_mask::FieldMask, id::GroupId};

/// Who is told of a change.
const SUBSCRIBERS: &[Peer] = &[Peer::ACTIVITY];

/// Changes groups.
#[derive(Clone)]
pub struct GroupCatalog {
    /// Where they are stored.
    pub database: Database,
    /// Who is told.
    pub outbox: Outbox,
    /// What time it is.
    pub clock: Clock,
    /// Names of new ones.
    pub ids: Ids,
}

impl GroupCatalog {
    /// Creates a group.
    pub async fn create(&self, content: Content, by: &By) -> Result<Changed<Group>, Error> {
        let (id, now) = (self.ids.next(), self.clock.now());
        let mut transaction = self.database.begin().await?;
        if let Some(earlier) = repeated(&mut transaction, by, id).await? {
            let group = store::group::find(&mut transaction, earlier, by.scope).await?;
            return Ok(Changed::nothing(group.ok_or_else(|| Error::no_group(earlier))?));
        }
        let members = MemberCount::default();
        let group = Group { id, content, members, version: 1, created_at: now, updated_at: now };
        store::group::insert(&mut transaction, &group).await.map_err(taken)?;
        let consistency_token = self.publish(&mut transaction, by, Change::Created(&group)).await?;
        transaction.commit().await?;
        Ok(Changed::to(group, consistency_token))
    }

    /// Changes the fields that the mask names.
    pub async fn update(
        &self,
        id: GroupId,
        wanted: &proto::Group,
        mask: &FieldMask,
        by: &By,
    ) -> Result<Changed<Group>, Error> {
        let mut transaction = self.database.begin().await?;
        let repeated = repeated(&mut transaction, by, id).await?.is_some();
        let old = self.lock(&mut transaction, id, by).await?;
        if repeated {
            return Ok(Changed::nothing(old));
        }
        if !Precondition::parse(id.0, &wanted.etag).permits(old.version) {
            return Err(Error::Changed(mask.paths().map(str::to_owned).collect()));
        }
        let before = proto::Group::from(&old);
        mask.check_fixed(&before, wanted).map_err(Problem::from)?;
        let content = Content::parse("group", &mask.merge(&before, wanted)).map_err(Problem::from)?;
        if content == old.content {
            return Ok(Changed::nothing(old));
        }
        let group = Group { content, version: old.version + 1, updated_at: self.clock.now(), ..old.clone() };
        store::group::update(&mut transaction, &group).await.map_err(taken)?;
        let consistency_token = self.publish(&mut transaction, by, Change::Updated(&old, &group)).await?;
        transaction.commit().await?;
        Ok(Changed::to(group, consistency_token))
    }

    /// Deletes a group without members; what the same request deleted before counts as done.
    pub async fn delete(&self, id: GroupId, etag: &str, by: &By) -> Result<Changed<()>, Error> {
        let mut transaction = self.database.begin().await?;
        if repeated(&mut transaction, by, id).await?.is_some() {
            return Ok(Changed::nothing(()));
        }
        let old = self.lock(&mut transaction, id, by).await?;
        if !Precondition::parse(id.0, etag).permits(old.version) {
            return Err(Error::Changed(Vec::new()));
        }
        match store::group::count_members(&mut transaction, id).await? {
            0 => store::group::delete(&mut transaction, id).await?,
            members => return Err(Error::HasMembers(id, members)),
        }
        let consistency_token = self.publish(&mut transaction, by, Change::Deleted(&old)).await?;
        transaction.commit().await?;
        Ok(Changed::to((), consistency_token))
    }

    /// Locks a group that the caller may see, and reads it.
    async fn lock(&self, transaction: &mut Transaction, id: GroupId, by: &By) -> Result<Group, Error> {
        store::group::lock(transaction, id).await?;
        let group = store::group::find(transaction, id, by.scope).await?;
        group.ok_or_else(|| Error::no_group(id))
    }

    /// Writes what happened.
    async fn publish(
        &self,
        transaction: &mut Transaction,
        by: &By,
        change: Change<'_>,
    ) -> Result<ConsistencyToken, Error> {
        let (kind, id, version, old, new) = match change {
            Change::Created(new) => {
                ("group.created", new.id, new.version, None, Some(proto::Group::from(new)))
            }
            Change::Updated(old, new) => {
                ("group.updated", new.id, new.version, Some(old.into()), Some(new.into()))
            }
            Change::Deleted(old) => {
                ("group.deleted", old.id, old.version + 1, Some(proto::Group::from(old)), None)
            }
        };
        let aggregate = id.resource_name();
        let event = NewEvent {
            aggregate: aggregate.clone(),
            version,
            kind,
            customer: None,
            resource: aggregate.clone(),
            changes: diff(old.as_ref(), new.as_ref()),
            snapshot: None,
            subscribers: SUBSCRIBERS,
        };
        self.outbox.publish(transaction, &by.context, self.clock.now(), vec![event]).await?;
        Ok(ConsistencyToken { source: Peer::GROUP, aggregate, version })
    }
}

/// What happened to a group.
enum Change<'a> {
    Created(&'a Group),
    Updated(&'a Group, &'a Group),
    Deleted(&'a Group),
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

/// The group of the same request when it came before; records the request where it did not.
async fn repeated(transaction: &mut Transaction, by: &By, id: GroupId) -> Result<Option<GroupId>, Error> {
    let Some(request) = &by.request else { return Ok(None) };
    match request.record(transaction, id.0).await? {
        Verdict::New => Ok(None),
        Verdict::Replay(id) => Ok(Some(id.into())),
        Verdict::Mismatch => Err(Error::RequestIdReused),
    }
}
