use super::Caller;
use crate::outbox::NewEvent;
use patron_chassis::{peer::Peer, pg::Transaction, principal::Scope, status::Problem};
use patron_proto::event::v1::event::Snapshot;
use patron_values::{
    fields::Fields,
    id::{CustomerId, ResourceId},
};
use prost::{Message, Name};
use std::{
    future::{Future, ready},
    ops::{Deref, DerefMut},
};
use time::OffsetDateTime;
use uuid::Uuid;

/// The parsed name of a resource: `customers/{uuid}/addresses/{uuid}`.
pub trait ResourceName: Copy + Send + Sync {
    /// What it is called in errors: `address`.
    const KIND: &'static str;

    /// The last id in it, by which etags and edits know the resource.
    fn id(self) -> Uuid;

    /// The name with another last id.
    #[must_use]
    fn with_id(self, id: Uuid) -> Self;

    /// The name as text.
    fn resource_name(self) -> String;

    /// The customer whose resource it is, and who is locked first, by every writer. `None` for a resource of its own, such as a group, a
    /// member of staff, or in profile a customer: then its own row is locked.
    fn customer(self) -> Option<CustomerId>;

    /// What is versioned as a whole, and published in order: `customers/{uuid}/addresses`, or the name itself.
    fn aggregate(self) -> String;
}

impl<I: ResourceId> ResourceName for I {
    const KIND: &'static str = I::KIND;

    fn id(self) -> Uuid {
        self.uuid()
    }

    fn with_id(self, id: Uuid) -> Self {
        id.into()
    }

    fn resource_name(self) -> String {
        ResourceId::resource_name(self)
    }

    fn customer(self) -> Option<CustomerId> {
        None
    }

    fn aggregate(self) -> String {
        ResourceId::resource_name(self)
    }
}

/// A resource whose changes the ledger makes.
pub trait Resource: Clone + Send + Sync {
    /// Its name.
    type Name: ResourceName;
    /// How the contract shows it.
    type Message: Message + Name + Default;

    /// Types of its events: `address.created`, `address.updated`, `address.deleted`.
    const EVENTS: [&'static str; 3];
    /// Who is sent its events.
    const SUBSCRIBERS: &'static [Peer];

    /// Its name.
    fn name(&self) -> Self::Name;

    /// Rises with each change of it, and stands in its etag; `None` where it has no etag, because only verbs change it.
    fn version(&self) -> Option<i64>;

    /// The same as a message, for masks and history.
    fn to_message(&self) -> Self::Message;

    /// The etag in a message.
    fn etag(message: &Self::Message) -> &str;

    /// The customer whom events about it concern.
    fn concerned(name: Self::Name) -> Option<CustomerId> {
        name.customer()
    }
}

/// What happens to one resource in a change.
#[derive(Debug, Clone)]
pub enum Transition<R> {
    /// It begins.
    Created(R),
    /// It was the first, and is the second from now on.
    Updated(R, R),
    /// It ends.
    Deleted(R),
}

impl<R: Resource> Transition<R> {
    /// The resource before and after it.
    pub fn states(&self) -> (Option<&R>, Option<&R>) {
        match self {
            Self::Created(new) => (None, Some(new)),
            Self::Updated(old, new) => (Some(old), Some(new)),
            Self::Deleted(old) => (Some(old), None),
        }
    }

    /// The resource that changes.
    pub fn name(&self) -> R::Name {
        match self {
            Self::Created(resource) | Self::Updated(resource, _) | Self::Deleted(resource) => resource.name(),
        }
    }
}

/// A transaction that has locked the customer, or the resource itself: only now may rows be written. So all writers, and the deletion
/// of a customer, take locks in one order.
#[derive(Debug)]
pub struct Locked {
    pub(crate) transaction: Transaction,
    pub(crate) version: i64,
}

impl Locked {
    /// Version of the aggregate after the change.
    pub fn version(&self) -> i64 {
        self.version
    }
}

impl Locked {
    /// Makes all of it stand.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.transaction.commit().await
    }
}

impl Deref for Locked {
    type Target = Transaction;

    fn deref(&self) -> &Transaction {
        &self.transaction
    }
}

impl DerefMut for Locked {
    fn deref_mut(&mut self) -> &mut Transaction {
        &mut self.transaction
    }
}

/// Version and time of a resource's next state.
#[derive(Debug, Clone, Copy)]
pub struct Next {
    /// Version of the aggregate after the change.
    pub version: i64,
    /// The time of the change.
    pub at: OffsetDateTime,
}

/// What a service supplies for changes of one kind of resource: parsing, storing, and what events say beyond the changed fields.
pub trait Store: Sync {
    /// What is stored.
    type Resource: Resource;
    /// Why storing it fails.
    type Error: From<Problem> + From<sqlx::Error> + Send;

    /// Locks the row of a resource that belongs to no customer, and gives its version; `None` where there is none.
    fn lock(
        &self,
        _transaction: &mut Transaction,
        _name: NameOf<Self>,
    ) -> impl Future<Output = Result<Option<i64>, sqlx::Error>> + Send {
        ready(Ok(None))
    }

    /// The resource, where it is visible in `scope`.
    fn find(
        &self,
        transaction: &mut Transaction,
        name: NameOf<Self>,
        scope: Scope,
    ) -> impl Future<Output = Result<Option<Self::Resource>, sqlx::Error>> + Send;

    /// The state that follows `old`, from a message in which the written fields are merged; `None` where it is the same. Not called
    /// for resources that are not changed by masks.
    fn parse(
        &self,
        _old: &Self::Resource,
        _merged: &<Self::Resource as Resource>::Message,
        _next: Next,
    ) -> Result<Option<Self::Resource>, Fields> {
        Ok(None)
    }

    /// Stores a transition, and gives it back as it came to be, with the transitions of other resources that follow from it, in the order of
    /// their events.
    fn save(
        &self,
        locked: &mut Locked,
        transition: Transition<Self::Resource>,
        caller: &Caller,
    ) -> impl Future<Output = Result<Vec<Transition<Self::Resource>>, Self::Error>> + Send;

    /// What subscribers keep of the aggregate, after all transitions.
    fn snapshot(
        &self,
        _locked: &mut Locked,
        _name: NameOf<Self>,
    ) -> impl Future<Output = Result<Option<Snapshot>, Self::Error>> + Send {
        ready(Ok(None))
    }

    /// Events of other aggregates that follow from a transition.
    fn further_events(&self, _step: &Transition<Self::Resource>) -> Vec<NewEvent> {
        Vec::new()
    }
}

/// The name of what a store stores.
pub type NameOf<S> = <<S as Store>::Resource as Resource>::Name;
