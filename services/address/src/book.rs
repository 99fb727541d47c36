//! The addresses of one customer, changed together: each change locks the customer, so defaults and the order of events
//! hold whoever else writes.

mod creation;

use crate::{
    address::{Address, Content, Name},
    error::Error,
    store::{self, address::Which},
};
use patron_chassis::{
    clock::Clock,
    ids::Ids,
    peer::Peer,
    pg::{Database, Transaction},
    principal::Scope,
    status::Problem,
};
use patron_ledger::{
    change::{By, Changed},
    idempotency::Verdict,
    inbox::ConsistencyToken,
    outbox::{NewEvent, Outbox},
    reference::{self, References},
};
use patron_proto::{
    address::v1 as proto,
    event::v1::{CustomerAddresses, event::Snapshot},
};
use patron_values::{diff::diff, etag::Precondition, field_mask::FieldMask, id::CustomerId};

/// Who is told of a change: history, and the record that can be found by city and country.
const SUBSCRIBERS: &[Peer] = &[Peer::ACTIVITY, Peer::PROFILE];

/// Changes addresses.
#[derive(Clone)]
pub struct AddressBook {
    /// Where they are stored.
    pub database: Database,
    /// Who is told.
    pub outbox: Outbox,
    /// Whose they are.
    pub references: References,
    /// What time it is.
    pub clock: Clock,
    /// Names of new ones.
    pub ids: Ids,
}

impl AddressBook {
    /// One address, where the customer is visible in `scope`.
    pub async fn find(&self, name: Name, scope: Scope) -> Result<Option<Address>, Error> {
        let find = || async move { Ok(store::address::find(&self.database, name, scope).await?) };
        self.references.resolve(name.customer, find).await
    }

    /// Addresses of one customer; `None` where there is no such customer in `scope`.
    pub async fn list(
        &self,
        customer: CustomerId,
        scope: Scope,
        which: Which,
    ) -> Result<Option<Vec<Address>>, Error> {
        let database = &self.database;
        let list = || async move {
            let addresses = store::address::list(database, &[customer], scope, which).await?;
            if !addresses.is_empty() {
                return Ok(Some(addresses));
            }
            if !store::address::customer_exists(database, customer, scope).await? {
                return Ok(None);
            }
            // The customer may have become visible since the first look, and the addresses with it.
            Ok(Some(store::address::list(database, &[customer], scope, which).await?))
        };
        self.references.resolve(customer, list).await
    }

    /// Creates an address; `None` where there is no such customer.
    pub async fn create(
        &self,
        customer: CustomerId,
        content: &Content,
        by: &By,
    ) -> Result<Option<Changed<Address>>, Error> {
        self.references.resolve(customer, || self.try_create(customer, content, by)).await
    }

    async fn try_create(
        &self,
        customer: CustomerId,
        content: &Content,
        by: &By,
    ) -> Result<Option<Changed<Address>>, Error> {
        let name = Name { customer, address: self.ids.next() };
        let mut transaction = self.database.begin().await?;
        let Some(version) = reference::lock(&mut transaction, customer, by.scope).await? else {
            return Ok(None);
        };
        if let Some(earlier) = repeated(&mut transaction, by, name).await? {
            let address = store::address::find(&mut transaction, earlier, by.scope).await?;
            return Ok(Some(Changed::nothing(address.ok_or(Error::NotFound(earlier))?)));
        }
        let address = self.insert(&mut transaction, name, content).await?;
        let consistency_token =
            self.publish(&mut transaction, by, version, Change::Created(&address)).await?;
        transaction.commit().await?;
        Ok(Some(Changed::to(address, consistency_token)))
    }

    /// Changes the fields that the mask names.
    pub async fn update(
        &self,
        name: Name,
        wanted: &proto::Address,
        mask: &FieldMask,
        by: &By,
    ) -> Result<Changed<Address>, Error> {
        let updated =
            self.references.resolve(name.customer, || self.try_update(name, wanted, mask, by)).await?;
        updated.ok_or(Error::NotFound(name))
    }

    async fn try_update(
        &self,
        name: Name,
        wanted: &proto::Address,
        mask: &FieldMask,
        by: &By,
    ) -> Result<Option<Changed<Address>>, Error> {
        let mut transaction = self.database.begin().await?;
        let Some(version) = reference::lock(&mut transaction, name.customer, by.scope).await? else {
            return Ok(None);
        };
        let Some(old) = store::address::find(&mut transaction, name, by.scope).await? else {
            return Ok(None);
        };
        if repeated(&mut transaction, by, name).await?.is_some() {
            return Ok(Some(Changed::nothing(old)));
        }
        if !Precondition::parse(name.address.0, &wanted.etag).permits(old.version) {
            return Err(Error::Changed(mask.paths().map(str::to_owned).collect()));
        }
        let before = proto::Address::from(&old);
        mask.check_fixed(&before, wanted).map_err(Problem::from)?;
        let content = Content::parse("address", &mask.merge(&before, wanted)).map_err(Problem::from)?;
        if content == old.content {
            return Ok(Some(Changed::nothing(old)));
        }
        let address =
            Address { content, version: old.version + 1, updated_at: self.clock.now(), ..old.clone() };
        store::address::update(&mut transaction, &address).await?;
        store::address::update_uses(&mut transaction, &address).await?;
        store::address::promote_defaults(&mut transaction, name.customer).await?;
        let address =
            store::address::find(&mut transaction, name, by.scope).await?.ok_or(Error::NotFound(name))?;
        let consistency_token =
            self.publish(&mut transaction, by, version, Change::Updated(&old, &address)).await?;
        transaction.commit().await?;
        Ok(Some(Changed::to(address, consistency_token)))
    }

    /// Deletes an address; what the same request deleted before counts as done.
    pub async fn delete(&self, name: Name, etag: &str, by: &By) -> Result<Changed<()>, Error> {
        let deleted = self.references.resolve(name.customer, || self.try_delete(name, etag, by)).await?;
        deleted.ok_or(Error::NotFound(name))
    }

    async fn try_delete(&self, name: Name, etag: &str, by: &By) -> Result<Option<Changed<()>>, Error> {
        let mut transaction = self.database.begin().await?;
        let Some(version) = reference::lock(&mut transaction, name.customer, by.scope).await? else {
            return Ok(None);
        };
        if repeated(&mut transaction, by, name).await?.is_some() {
            return Ok(Some(Changed::nothing(())));
        }
        let Some(old) = store::address::find(&mut transaction, name, by.scope).await? else {
            return Ok(None);
        };
        if !Precondition::parse(name.address.0, etag).permits(old.version) {
            return Err(Error::Changed(Vec::new()));
        }
        store::address::delete(&mut transaction, name.address).await?;
        store::address::promote_defaults(&mut transaction, name.customer).await?;
        let consistency_token = self.publish(&mut transaction, by, version, Change::Deleted(&old)).await?;
        transaction.commit().await?;
        Ok(Some(Changed::to((), consistency_token)))
    }

    /// Stores a new address.
    async fn insert(
        &self,
        transaction: &mut Transaction,
        name: Name,
        content: &Content,
    ) -> Result<Address, Error> {
        let mut address = Address::new(name, content.clone(), self.clock.now());
        let defaults = store::address::insert(transaction, &address).await?;
        address.content.uses.iter_mut().for_each(|(one, is_default)| *is_default = defaults.contains(one));
        Ok(address)
    }

    /// Writes a change of a customer's addresses, with the place by which the customer is now found.
    async fn publish(
        &self,
        transaction: &mut Transaction,
        by: &By,
        version: i64,
        change: Change<'_>,
    ) -> Result<ConsistencyToken, Error> {
        let place = store::address::find_main_place(transaction, change.name().customer).await?;
        let event = event(change, version, &place.unwrap_or_default());
        let consistency_token =
            ConsistencyToken { source: Peer::ADDRESS, aggregate: event.aggregate.clone(), version };
        self.outbox.publish(transaction, &by.context, self.clock.now(), vec![event]).await?;
        Ok(consistency_token)
    }
}

fn event(change: Change<'_>, version: i64, place: &CustomerAddresses) -> NewEvent {
    let (kind, old, new) = match change {
        Change::Created(new) => ("address.created", None, Some(proto::Address::from(new))),
        Change::Updated(old, new) => ("address.updated", Some(old.into()), Some(new.into())),
        Change::Deleted(old) => ("address.deleted", Some(proto::Address::from(old)), None),
    };
    let name = change.name();
    NewEvent {
        aggregate: format!("{}/addresses", name.customer.resource_name()),
        version,
        kind,
        customer: Some(name.customer),
        resource: name.to_string(),
        changes: diff(old.as_ref(), new.as_ref()),
        snapshot: Some(Snapshot::Addresses(place.clone())),
        subscribers: SUBSCRIBERS,
    }
}

/// What happened to an address.
#[derive(Clone, Copy)]
enum Change<'a> {
    Created(&'a Address),
    Updated(&'a Address, &'a Address),
    Deleted(&'a Address),
}

impl Change<'_> {
    fn name(&self) -> Name {
        match self {
            Self::Created(address) | Self::Updated(_, address) | Self::Deleted(address) => address.name,
        }
    }
}

/// The address of the same request when it came before; records the request where it did not.
async fn repeated(transaction: &mut Transaction, by: &By, name: Name) -> Result<Option<Name>, Error> {
    let Some(request) = &by.request else { return Ok(None) };
    match request.record(transaction, name.address.0).await? {
        Verdict::New => Ok(None),
        Verdict::Replay(id) => Ok(Some(Name { address: id.into(), ..name })),
        Verdict::Mismatch => Err(Error::RequestIdReused),
    }
}
