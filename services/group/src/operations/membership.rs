use crate::{
    error::Error,
    group::Content,
    membership::{Membership, Name},
    store::{self, membership::Which},
};
use patron_chassis::{
    peer::Peer,
    pg::{Transaction, constraint},
    principal::Scope,
};
use patron_ledger::{
    Ledger,
    change::{Caller, Changed, Locked, Resource, ResourceName, Store, Transition},
    reference,
};
use patron_proto::{
    event::v1::{ChangeContext, event::Snapshot},
    group::v1 as proto,
};
use patron_values::id::{CustomerId, GroupId};
use sqlx::PgExecutor;
use std::{collections::HashMap, iter};
use time::OffsetDateTime;
use uuid::Uuid;

/// Reads and changes memberships: those of one customer together, so that there is one primary group whoever else writes.
#[derive(Debug, Clone)]
pub struct Memberships {
    /// Where they are stored.
    pub ledger: Ledger,
}

impl ResourceName for Name {
    const KIND: &'static str = "membership";

    fn id(self) -> Uuid {
        self.group.0
    }

    fn with_id(self, id: Uuid) -> Self {
        Self { group: id.into(), ..self }
    }

    fn resource_name(self) -> String {
        self.to_string()
    }

    fn customer(self) -> Option<CustomerId> {
        Some(self.customer)
    }

    fn aggregate(self) -> String {
        format!("{}/memberships", self.customer.resource_name())
    }
}

impl Resource for Membership {
    type Name = Name;
    type Message = proto::Membership;

    const EVENTS: [&'static str; 3] = ["membership.created", "membership.updated", "membership.deleted"];
    /// History, the record that is found by its groups, and sign-in, which groups can hold back.
    const SUBSCRIBERS: &'static [Peer] = &[Peer::ACTIVITY, Peer::PROFILE, Peer::IDENTITY];

    fn name(&self) -> Name {
        self.name
    }

    fn version(&self) -> Option<i64> {
        None
    }

    fn to_message(&self) -> proto::Membership {
        self.into()
    }

    fn etag(_: &proto::Membership) -> &'static str {
        ""
    }
}

impl Memberships {
    /// Memberships of one customer; `None` where there is no such customer in `scope`.
    pub async fn list(
        &self,
        customer: CustomerId,
        scope: Scope,
        which: Which,
    ) -> Result<Option<Vec<Membership>>, Error> {
        let database = self.ledger.database();
        let list = || async move {
            let memberships = store::membership::list(database, &[customer], scope, which).await?;
            if !memberships.is_empty() {
                return Ok(Some(memberships));
            }
            if !reference::is_visible(database, customer, scope).await? {
                return Ok(None);
            }
            // The customer may have become visible since the first look, and the memberships with it.
            Ok(Some(store::membership::list(database, &[customer], scope, which).await?))
        };
        self.ledger.resolve(customer, list).await
    }

    /// Whether there is a customer in `scope`, as far as this service knows.
    pub async fn is_known(&self, customer: CustomerId, scope: Scope) -> Result<bool, Error> {
        Ok(reference::is_visible(self.ledger.database(), customer, scope).await?)
    }

    /// Puts a customer into a group, by hand.
    pub async fn create(
        &self,
        name: Name,
        is_primary: bool,
        caller: &Caller,
    ) -> Result<Changed<Membership>, Error> {
        let mut contents = store::group::list_contents(self.ledger.database(), &[name.group]).await?;
        let (_, group) = contents.pop().ok_or_else(|| Error::no_group(name.group))?;
        let membership = membership(name, is_primary, group, &caller.context, self.ledger.now());
        self.ledger.change(caller).create(self, membership).await
    }

    /// Checks that whoever may assign groups to every customer, or to some, can put a new one into these by hand.
    pub async fn check(&self, groups: &[GroupId], unrestricted: bool) -> Result<(), Error> {
        open_groups(self.ledger.database(), groups, unrestricted).await.map(drop)
    }

    /// Makes a group the primary one of a customer who is in it.
    pub async fn set_primary(&self, name: Name, caller: &Caller) -> Result<Changed<Membership>, Error> {
        let [_, updated, _] = Membership::EVENTS;
        let become_primary = |old: &Membership, _| {
            Ok((!old.is_primary).then(|| Membership { is_primary: true, ..old.clone() }))
        };
        self.ledger.change(caller).apply(self, name, updated, become_primary).await
    }

    /// Takes a customer out of a group; what the same request did before counts as done.
    pub async fn delete(&self, name: Name, caller: &Caller) -> Result<Changed<()>, Error> {
        self.ledger.change(caller).delete(self, name, "").await
    }
}

impl Store for Memberships {
    type Resource = Membership;
    type Error = Error;

    async fn find(
        &self,
        transaction: &mut Transaction,
        name: Name,
        _: Scope,
    ) -> Result<Option<Membership>, sqlx::Error> {
        let set = store::membership::find_set(transaction, name.customer).await?;
        Ok(set.find(name.group).cloned())
    }

    /// Where another group becomes the primary one, the membership in the one before changes too.
    async fn save(
        &self,
        locked: &mut Locked,
        transition: Transition<Membership>,
        caller: &Caller,
    ) -> Result<Vec<Transition<Membership>>, Error> {
        let name = transition.name();
        let before = store::membership::find_set(locked, name.customer).await?;
        let mut after = before.clone();
        let unrestricted = caller.scope == Scope::All;
        match transition {
            Transition::Created(new) => {
                open_groups(&mut **locked, &[name.group], unrestricted).await?;
                after.add(new)?;
            }
            Transition::Updated(..) => {
                check_caller(locked, name.group, unrestricted).await?;
                after.set_primary(name.group);
            }
            Transition::Deleted(_) => {
                check_caller(locked, name.group, unrestricted).await?;
                after.remove(name.group);
            }
        }
        let transitions = before.transitions(&after);
        for transition in &transitions {
            save(locked, transition).await?;
        }
        Ok(transitions)
    }

    /// The groups by which the customer is found.
    async fn snapshot(&self, locked: &mut Locked, name: Name) -> Result<Option<Snapshot>, Error> {
        let set = store::membership::find_set(locked, name.customer).await?;
        Ok(Some(Snapshot::Memberships(set.snapshot())))
    }
}

async fn save(locked: &mut Locked, transition: &Transition<Membership>) -> Result<(), Error> {
    let saved = match transition {
        Transition::Created(new) => store::creation::insert_all(locked, iter::once(new)).await,
        Transition::Updated(_, new) => store::membership::update(locked, new).await,
        Transition::Deleted(old) => store::membership::delete(locked, old.name).await,
    };
    saved.map_err(|error| match constraint(&error) {
        // The group was deleted after it was read.
        Some("membership_group_id_fkey") => Error::no_group(transition.name().group),
        _ => error.into(),
    })
}

/// A membership that begins now.
pub(super) fn membership(
    name: Name,
    is_primary: bool,
    group: Content,
    context: &ChangeContext,
    now: OffsetDateTime,
) -> Membership {
    Membership {
        name,
        is_primary,
        creator: context.actor.clone(),
        created_at: now,
        group_display_name: group.display_name,
        approval_required: group.approval_required,
    }
}

/// What these groups say, in their order, where each of them takes customers by hand.
pub(super) async fn open_groups(
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
async fn check_caller(locked: &mut Locked, group: GroupId, unrestricted: bool) -> Result<(), Error> {
    let known = store::group::list_contents(&mut **locked, &[group]).await?;
    known.iter().try_for_each(|(_, content)| content.check_caller(unrestricted))
}
