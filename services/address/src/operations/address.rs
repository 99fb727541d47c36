use crate::{
    address::{Address, Content, Name, Use},
    error::Error,
    rule::Change,
    store::{self, address::Which, default::Defaults},
};
use patron_chassis::{
    peer::Peer, permission::Permission, pg::Transaction, principal::Scope, status::Problem,
};
use patron_ledger::{
    Ledger,
    change::{Caller, Changed, Locked, Next, Resource, ResourceName, Store, Transition},
    reference,
};
use patron_proto::{address::v1 as proto, event::v1::event::Snapshot};
use patron_values::{field_mask::FieldMask, fields::Fields, id::CustomerId, text::Line};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Addresses a customer can have: what is read at once when the customer goes.
const MAX_ADDRESSES: i64 = 2_000;

/// What it takes to make an exception from the rules of a country: who has it can create a customer with any address, and customers do
/// not have it.
pub const EXCEPTION_PERMISSION: Permission = Permission::CustomerCreate;

/// Reads and changes addresses.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// Where they are stored.
    pub ledger: Ledger,
}

impl ResourceName for Name {
    const KIND: &'static str = "address";

    fn id(self) -> Uuid {
        self.address.0
    }

    fn with_id(self, id: Uuid) -> Self {
        Self { address: id.into(), ..self }
    }

    fn resource_name(self) -> String {
        self.to_string()
    }

    fn customer(self) -> Option<CustomerId> {
        Some(self.customer)
    }

    fn aggregate(self) -> String {
        format!("{}/addresses", self.customer.resource_name())
    }
}

impl Resource for Address {
    type Name = Name;
    type Message = proto::Address;

    const EVENTS: [&'static str; 3] = ["address.created", "address.updated", "address.deleted"];
    /// History, and the record that is found by city and country.
    const SUBSCRIBERS: &'static [Peer] = &[Peer::ACTIVITY, Peer::PROFILE];

    fn name(&self) -> Name {
        self.name
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn to_message(&self) -> proto::Address {
        self.into()
    }

    fn etag(message: &proto::Address) -> &str {
        &message.etag
    }
}

impl Addresses {
    /// One address, where the customer is visible in `scope`.
    pub async fn find(&self, name: Name, scope: Scope) -> Result<Option<Address>, Error> {
        let database = self.ledger.database();
        let find = || async move { Ok(store::address::find(database, name, scope).await?) };
        self.ledger.resolve(name.customer, find).await
    }

    /// Addresses of one customer; `None` where there is no such customer in `scope`.
    pub async fn list(
        &self,
        customer: CustomerId,
        scope: Scope,
        which: Which,
    ) -> Result<Option<Vec<Address>>, Error> {
        let database = self.ledger.database();
        let list = || async move {
            let addresses = store::address::list(database, &[customer], scope, which).await?;
            if !addresses.is_empty() {
                return Ok(Some(addresses));
            }
            if !reference::is_visible(database, customer, scope).await? {
                return Ok(None);
            }
            // The customer may have become visible since the first look, and the addresses with it.
            Ok(Some(store::address::list(database, &[customer], scope, which).await?))
        };
        self.ledger.resolve(customer, list).await
    }

    /// Creates an address.
    pub async fn create(
        &self,
        customer: CustomerId,
        content: Content,
        caller: &Caller,
        may_except: bool,
    ) -> Result<Changed<Address>, Error> {
        let name = Name { customer, address: self.ledger.next_id() };
        let address = Address::new(name, content, self.ledger.now());
        self.ledger.change(caller).create(&self.write(true, may_except), address).await
    }

    /// Changes the fields that the mask names.
    pub async fn update(
        &self,
        name: Name,
        wanted: &proto::Address,
        mask: &FieldMask,
        caller: &Caller,
        may_except: bool,
    ) -> Result<Changed<Address>, Error> {
        let write = self.write(mask.contains("rule_exception"), may_except);
        self.ledger.change(caller).update(&write, name, wanted, mask).await
    }

    /// Deletes an address; what the same request deleted before counts as done.
    pub async fn delete(&self, name: Name, etag: &str, caller: &Caller) -> Result<Changed<()>, Error> {
        self.ledger.change(caller).delete(&self.write(false, false), name, etag).await
    }

    fn write(&self, names_exception: bool, may_except: bool) -> Write<'_> {
        Write { ledger: &self.ledger, names_exception, may_except }
    }
}

/// A change of an address by a caller.
struct Write<'a> {
    ledger: &'a Ledger,
    /// Whether it writes `rule_exception`.
    names_exception: bool,
    /// Whether the caller may make exceptions from rules.
    may_except: bool,
}

impl Store for Write<'_> {
    type Resource = Address;
    type Error = Error;

    async fn find(
        &self,
        transaction: &mut Transaction,
        name: Name,
        scope: Scope,
    ) -> Result<Option<Address>, sqlx::Error> {
        store::address::find(transaction, name, scope).await
    }

    fn parse(&self, old: &Address, merged: &proto::Address, next: Next) -> Result<Option<Address>, Fields> {
        // Who may make no exception may still send one back as it was read, which makes none.
        let stored = old.content.rule_exception.as_ref().map(Line::as_str).unwrap_or_default();
        let is_new = merged.rule_exception != stored;
        let gives_exception = self.names_exception && (self.may_except || is_new);
        let content =
            Content::parse("address", merged, Change::Update { old: &old.content, gives_exception })?;
        let changes = content != old.content;
        Ok(changes.then(|| old.clone().with(content, next.at)))
    }

    /// The defaults of other addresses that this one takes, or leaves to them, are changes of those.
    async fn save(
        &self,
        locked: &mut Locked,
        transition: Transition<Address>,
        _: &Caller,
    ) -> Result<Vec<Transition<Address>>, Error> {
        self.check_exception(&transition)?;
        let name = transition.name();
        let before = store::default::list(locked, name.customer).await?;
        match &transition {
            Transition::Created(new) => {
                if store::address::count(locked, name.customer).await? >= MAX_ADDRESSES {
                    return Err(Error::TooMany(name.customer, MAX_ADDRESSES));
                }
                store::address::insert(locked, new).await?;
            }
            Transition::Updated(_, new) => {
                store::address::update(locked, new).await?;
                store::address::update_uses(locked, new).await?;
            }
            Transition::Deleted(old) => store::address::delete(locked, old.name.address).await?,
        }
        store::default::promote_all(locked, name.customer).await?;
        let after = store::default::list(locked, name.customer).await?;
        let mut transitions = vec![match transition {
            Transition::Created(new) => Transition::Created(new.with_defaults(&after)),
            Transition::Updated(old, new) => Transition::Updated(old, new.with_defaults(&after)),
            Transition::Deleted(old) => Transition::Deleted(old),
        }];
        transitions.extend(self.follow(locked, name, &before, &after).await?);
        Ok(transitions)
    }

    /// What the customer is found by.
    async fn snapshot(&self, locked: &mut Locked, name: Name) -> Result<Option<Snapshot>, Error> {
        Ok(Some(Snapshot::Addresses(store::snapshot::find(locked, name.customer).await?)))
    }
}

impl Write<'_> {
    /// Refuses an exception that was not there before, of a caller who may make none.
    fn check_exception(&self, step: &Transition<Address>) -> Result<(), Problem> {
        let makes_one = match step {
            Transition::Created(new) => new.content.rule_exception.is_some(),
            Transition::Updated(old, new) => {
                let exception = &new.content.rule_exception;
                exception.is_some() && *exception != old.content.rule_exception
            }
            Transition::Deleted(_) => false,
        };
        if makes_one && !self.may_except {
            return Err(Problem::PermissionDenied(EXCEPTION_PERMISSION));
        }
        Ok(())
    }

    /// Changes of the other addresses that became a default or ceased to be one.
    async fn follow(
        &self,
        locked: &mut Locked,
        named: Name,
        before: &Defaults,
        after: &Defaults,
    ) -> Result<Vec<Transition<Address>>, Error> {
        let moved = [Use::Billing, Use::Shipping].into_iter().filter(|one| before.get(one) != after.get(one));
        let concerned: BTreeSet<_> =
            moved.flat_map(|one| [before.get(&one), after.get(&one)]).flatten().collect();
        let mut transitions = Vec::new();
        for address in concerned.into_iter().copied().filter(|address| *address != named.address) {
            let name = Name { address, ..named };
            let Some(stored) = store::address::find(&mut **locked, name, Scope::All).await? else { continue };
            let old = stored.clone().with_defaults(before);
            let new = stored.clone().with(stored.content, self.ledger.now());
            store::address::update(locked, &new).await?;
            transitions.push(Transition::Updated(old, new));
        }
        Ok(transitions)
    }
}
