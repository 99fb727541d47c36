//! The memberships of one customer, changed together: each change locks the customer, so that there is one primary group
//! and the order of events holds whoever else writes.

mod creation;

use crate::{
    error::Error,
    group::Content,
    membership::{Membership, Name},
    roster::{Change, Roster},
    store::{self, membership::Which},
};
use patron_chassis::{
    clock::Clock,
    peer::Peer,
    pg::{Database, Transaction, constraint},
    principal::Scope,
};
use patron_ledger::{
    change::{By, Changed},
    idempotency::Verdict,
    inbox::ConsistencyToken,
    outbox::{NewEvent, Outbox},
    reference::{self, References},
};
use patron_proto::{
    event::v1::{ChangeContext, event::Snapshot},
    group::v1 as proto,
};
use patron_values::{
    diff::diff,
    id::{CustomerId, GroupId},
};
use sqlx::PgExecutor;
use std::{collections::HashMap, slice};

/// Who is told of a change: history, and the record that can be found by its groups.
const SUBSCRIBERS: &[Peer] = &[Peer::ACTIVITY, Peer::PROFILE];

/// Changes memberships.
#[derive(Clone)]
pub struct MembershipBook {
    /// Where they are stored.
    pub database: Database,
    /// Who is told.
    pub outbox: Outbox,
    /// Whose they are.
    pub references: References,
    /// What time it is.
    pub clock: Clock,
}

impl MembershipBook {
    /// Memberships of one customer; `None` where there is no such customer in `scope`.
    pub async fn list(
        &self,
        customer: CustomerId,
        scope: Scope,
        which: Which,
    ) -> Result<Option<Vec<Membership>>, Error> {
        let database = &self.database;
        let list = || async move {
            let memberships = store::membership::list(database, &[customer], scope, which).await?;
            if !memberships.is_empty() {
                return Ok(Some(memberships));
            }
            if !store::membership::customer_exists(database, customer, scope).await? {
                return Ok(None);
            }
            // The customer may have become visible since the first look, and the memberships with it.
            Ok(Some(store::membership::list(database, &[customer], scope, which).await?))
        };
        self.references.resolve(customer, list).await
    }

    /// Puts a customer into a group, by hand.
    pub async fn create(&self, name: Name, is_primary: bool, by: &By) -> Result<Changed<Membership>, Error> {
        let created =
            self.references.resolve(name.customer, || self.try_create(name, is_primary, by)).await?;
        created.ok_or_else(|| Error::no_customer(name.customer))
    }

    async fn try_create(
        &self,
        name: Name,
        is_primary: bool,
        by: &By,
    ) -> Result<Option<Changed<Membership>>, Error> {
        let mut transaction = self.database.begin().await?;
        let Some(version) = reference::lock(&mut transaction, name.customer, by.scope).await? else {
            return Ok(None);
        };
        let before = store::membership::find_roster(&mut transaction, name.customer).await?;
        if repeated(&mut transaction, by, name).await? {
            return Ok(Some(Changed::nothing(find(&before, name)?)));
        }
        let contents = open_groups(&mut transaction, &[name.group], by.scope == Scope::All).await?;
        let mut after = before.clone();
        for (group, content) in contents {
            after.add(self.membership(Name { group, ..name }, is_primary, content, &by.context))?;
        }
        let consistency_token = self.change(&mut transaction, by, version, (&before, &after)).await?;
        transaction.commit().await?;
        Ok(Some(Changed { result: find(&after, name)?, consistency_token }))
    }

    /// Checks that whoever may assign groups to every customer, or to some, can put a new one into these by hand.
    pub async fn check(&self, groups: &[GroupId], unrestricted: bool) -> Result<(), Error> {
        open_groups(&self.database, groups, unrestricted).await.map(drop)
    }

    /// Makes a group the primary one of a customer who is in it.
    pub async fn set_primary(&self, name: Name, by: &By) -> Result<Changed<Membership>, Error> {
        let changed = self.references.resolve(name.customer, || self.try_set_primary(name, by)).await?;
        changed.ok_or_else(|| no_membership(name))
    }

    async fn try_set_primary(&self, name: Name, by: &By) -> Result<Option<Changed<Membership>>, Error> {
        let mut transaction = self.database.begin().await?;
        let Some(version) = reference::lock(&mut transaction, name.customer, by.scope).await? else {
            return Ok(None);
        };
        let before = store::membership::find_roster(&mut transaction, name.customer).await?;
        if repeated(&mut transaction, by, name).await? {
            return Ok(Some(Changed::nothing(find(&before, name)?)));
        }
        find(&before, name)?;
        check_caller(&mut transaction, name.group, by.scope).await?;
        let mut after = before.clone();
        after.set_primary(name.group);
        let consistency_token = self.change(&mut transaction, by, version, (&before, &after)).await?;
        if consistency_token.is_some() {
            transaction.commit().await?;
        }
        Ok(Some(Changed { result: find(&after, name)?, consistency_token }))
    }

    /// Takes a customer out of a group; what the same request did before counts as done.
    pub async fn delete(&self, name: Name, by: &By) -> Result<Changed<()>, Error> {
        let deleted = self.references.resolve(name.customer, || self.try_delete(name, by)).await?;
        deleted.ok_or_else(|| no_membership(name))
    }

    async fn try_delete(&self, name: Name, by: &By) -> Result<Option<Changed<()>>, Error> {
        let mut transaction = self.database.begin().await?;
        let Some(version) = reference::lock(&mut transaction, name.customer, by.scope).await? else {
            return Ok(None);
        };
        if repeated(&mut transaction, by, name).await? {
            return Ok(Some(Changed::nothing(())));
        }
        let before = store::membership::find_roster(&mut transaction, name.customer).await?;
        find(&before, name)?;
        check_caller(&mut transaction, name.group, by.scope).await?;
        let mut after = before.clone();
        after.remove(name.group);
        let consistency_token = self.change(&mut transaction, by, version, (&before, &after)).await?;
        transaction.commit().await?;
        Ok(Some(Changed { result: (), consistency_token }))
    }

    fn membership(
        &self,
        name: Name,
        is_primary: bool,
        group: Content,
        context: &ChangeContext,
    ) -> Membership {
        Membership {
            name,
            is_primary,
            creator: context.actor.clone(),
            created_at: self.clock.now(),
            group_display_name: group.display_name,
        }
    }

    /// Stores what leads from one roster of the locked customer to the next, and tells each step; `None` where there is none.
    /// `version` is that of the first.
    async fn change(
        &self,
        transaction: &mut Transaction,
        by: &By,
        version: i64,
        (before, after): (&Roster, &Roster),
    ) -> Result<Option<ConsistencyToken>, Error> {
        let changes = before.changes(after);
        let Some(last) = changes.last() else { return Ok(None) };
        reference::take_versions(transaction, last.name().customer, changes.len()).await?;
        let mut events: Vec<NewEvent> = Vec::with_capacity(changes.len());
        for (version, change) in (version..).zip(changes) {
            save(transaction, change).await?;
            events.push(event(change, version, after));
        }
        let consistency_token = events.last().map(|last| ConsistencyToken {
            source: Peer::GROUP,
            aggregate: last.aggregate.clone(),
            version: last.version,
        });
        self.outbox.publish(transaction, &by.context, self.clock.now(), events).await?;
        Ok(consistency_token)
    }
}

async fn save(transaction: &mut Transaction, change: Change<'_>) -> Result<(), Error> {
    let saved = match change {
        Change::Created(new) => store::membership::insert_all(transaction, slice::from_ref(new)).await,
        Change::Updated(_, new) => store::membership::update(transaction, new).await,
        Change::Deleted(old) => store::membership::delete(transaction, old.name).await,
    };
    saved.map_err(|error| match constraint(&error) {
        // The group was deleted after it was read.
        Some("membership_group_id_fkey") => Error::no_group(change.name().group),
        _ => error.into(),
    })
}

fn event(change: Change<'_>, version: i64, after: &Roster) -> NewEvent {
    let (kind, old, new) = match change {
        Change::Created(new) => ("membership.created", None, Some(proto::Membership::from(new))),
        Change::Updated(old, new) => ("membership.updated", Some(old.into()), Some(new.into())),
        Change::Deleted(old) => ("membership.deleted", Some(proto::Membership::from(old)), None),
    };
    let name = change.name();
    NewEvent {
        aggregate: format!("{}/memberships", name.customer.resource_name()),
        version,
        kind,
        customer: Some(name.customer),
        resource: name.to_string(),
        changes: diff(old.as_ref(), new.as_ref()),
        snapshot: Some(Snapshot::Memberships(after.snapshot())),
        subscribers: SUBSCRIBERS,
    }
}

/// What these groups say, in their order, where each of them takes customers by hand.
async fn open_groups(
    executor: impl PgExecutor<'_>,
    groups: &[GroupId],
    unrestricted: bool,
) -> Result<Vec<(GroupId, Content)>, Error> {
    let mut known: HashMap<GroupId, Content> =
        store::group::list_contents(executor, groups).await?.into_iter().collect();
    let mut open = Vec::with_capacity(groups.len());
    for group in groups {
        let content = known.remove(group).ok_or_else(|| Error::no_group(*group))?;
        content.check_caller(unrestricted)?;
        content.check_open(*group)?;
        open.push((*group, content));
    }
    Ok(open)
}

/// Refuses to change who is in a group that the caller may not assign.
async fn check_caller(executor: impl PgExecutor<'_>, group: GroupId, scope: Scope) -> Result<(), Error> {
    let known = store::group::list_contents(executor, &[group]).await?;
    known.iter().try_for_each(|(_, content)| content.check_caller(scope == Scope::All))
}

fn find(roster: &Roster, name: Name) -> Result<Membership, Error> {
    roster.find(name.group).cloned().ok_or_else(|| no_membership(name))
}

fn no_membership(name: Name) -> Error {
    Error::NotFound { kind: "membership", name: name.to_string() }
}

/// Whether the same request came before; records it where it did not.
async fn repeated(transaction: &mut Transaction, by: &By, name: Name) -> Result<bool, Error> {
    let Some(request) = &by.request else { return Ok(false) };
    match request.record(transaction, name.group.0).await? {
        Verdict::New => Ok(false),
        Verdict::Replay(_) => Ok(true),
        Verdict::Mismatch => Err(Error::RequestIdReused),
    }
}
