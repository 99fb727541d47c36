use super::{LEASE, Lifecycle};
use crate::{
    customer::{Customer, Projection, Record, State},
    error::Error,
    parts::NewParts,
    store::{
        self,
        saga::{Kind, Saga},
    },
    telling,
};
use patron_chassis::{
    change::{By, Changed},
    etag::Precondition,
    fault,
    idempotency::Seen,
    status::Problem,
    value::id::{AddressId, CustomerId},
};
use patron_proto::{
    address::internal::v1::CreateAddressesRequest, group::internal::v1::CreateMembershipsRequest,
    identity::internal::v1::CreateAccountRequest, profile::internal::v1::SagaPlan,
};
use prost::Message as _;
use std::time::Duration;

/// How long a repeated request waits for the first one, and how often it looks.
const WAIT: Duration = Duration::from_secs(4);
const LOOK_EVERY: Duration = Duration::from_millis(25);

impl Lifecycle {
    /// Creates a customer, whole or not at all; with `dry_run` everything is checked and nothing stored.
    pub async fn create(
        &self,
        record: Record,
        parts: NewParts,
        by: &By,
        dry_run: bool,
    ) -> Result<Changed<Customer>, Error> {
        if !parts.is_empty()
            && let Err(refused) = self.parts.validate(&parts, record.email.as_str(), by.scope).await
        {
            // What is asked for may be taken by the same request, which came before.
            return match self.customer_of(by).await? {
                Some(customer) => self.await_other(customer, by).await,
                None => Err(refused),
            };
        }
        let customer =
            self.new_customer(record, if parts.is_empty() { State::Active } else { State::Pending });
        let mut transaction = self.records.database.begin().await?;
        if let Some(request) = &by.request {
            match request.record(&mut transaction, customer.id.0).await? {
                Seen::First => {}
                Seen::Before(id) => {
                    drop(transaction);
                    return self.await_other(id.into(), by).await;
                }
                Seen::OtherBody => return Err(Error::RequestIdReused),
            }
        }
        let number = store::customer::insert(&mut transaction, &customer).await?;
        let customer = Customer { number, ..customer };
        if dry_run {
            return Ok(Changed::nothing(customer));
        }
        if parts.is_empty() {
            self.tell_created(&mut transaction, &customer, &by.context).await?;
            transaction.commit().await?;
            let position = telling::position(&customer);
            return Ok(Changed::to(customer, position));
        }
        let plan = self.plan(&customer, parts, by);
        let saga = Saga {
            customer: customer.id,
            kind: Kind::Creation,
            plan: without_password(plan.clone()).encode_to_vec(),
            started_at: customer.created_at,
        };
        store::saga::insert(&mut transaction, &saga, LEASE).await?;
        transaction.commit().await?;
        fault::point("creation.after_begin");
        let customer = self.finish_creation(&saga, customer, &plan).await?;
        let position = telling::position(&customer);
        Ok(Changed::to(customer, position))
    }

    /// Deletes a customer: its sign-in first, then the record, then by event what others keep.
    pub async fn delete(&self, customer: CustomerId, etag: &str, by: &By) -> Result<(), Error> {
        let mut transaction = self.records.database.begin().await?;
        if let Some(request) = &by.request {
            match request.record(&mut transaction, customer.0).await? {
                Seen::First => {}
                Seen::Before(_) => return Ok(()),
                Seen::OtherBody => return Err(Error::RequestIdReused),
            }
        }
        if !store::customer::lock(&mut transaction, customer, by.scope, State::Active).await? {
            return Err(Error::NotFound(customer));
        }
        let old = store::customer::find(&mut transaction, customer, by.scope)
            .await?
            .ok_or(Error::NotFound(customer))?;
        if !Precondition::parse(customer.0, etag).permits(old.version) {
            return Err(Error::Changed { fields: Vec::new(), by: None });
        }
        store::customer::update_state(&mut transaction, &Customer { state: State::Deleting, ..old }).await?;
        let plan = SagaPlan { context: Some(by.context.clone()), ..SagaPlan::default() };
        let started_at = self.records.clock.now();
        let saga = Saga { customer, kind: Kind::Deletion, plan: plan.encode_to_vec(), started_at };
        store::saga::insert(&mut transaction, &saga, LEASE).await?;
        transaction.commit().await?;
        fault::point("deletion.after_begin");
        self.finish_deletion(&saga, &plan).await
    }

    fn new_customer(&self, record: Record, state: State) -> Customer {
        let now = self.records.clock.now();
        Customer {
            id: self.records.ids.next(),
            state,
            number: 0,
            record,
            projection: Projection::default(),
            version: 1,
            reference_version: i64::from(state == State::Active),
            created_at: now,
            updated_at: now,
        }
    }

    /// The calls to make, with the names that addresses shall have, so that each can be repeated.
    fn plan(&self, customer: &Customer, parts: NewParts, by: &By) -> SagaPlan {
        let (name, context) = (customer.id.resource_name(), Some(by.context.clone()));
        let mut addresses = parts.addresses;
        for address in &mut addresses {
            address.name = format!("{name}/addresses/{}", self.records.ids.next::<AddressId>());
        }
        SagaPlan {
            context: context.clone(),
            account: parts.account.map(|account| CreateAccountRequest {
                customer: name.clone(),
                email: customer.record.email.to_string(),
                password_needed: !account.password.is_empty(),
                account: Some(account),
                context: context.clone(),
            }),
            addresses: (!addresses.is_empty()).then_some(CreateAddressesRequest {
                customer: name.clone(),
                addresses,
                context: context.clone(),
            }),
            memberships: (!parts.groups.is_empty()).then_some(CreateMembershipsRequest {
                customer: name,
                groups: parts.groups,
                context,
            }),
        }
    }

    /// The customer of the same request, if it came before.
    async fn customer_of(&self, by: &By) -> Result<Option<CustomerId>, Error> {
        let Some(request) = &by.request else { return Ok(None) };
        match request.find(&self.records.database).await? {
            Seen::First => Ok(None),
            Seen::Before(id) => Ok(Some(id.into())),
            Seen::OtherBody => Err(Error::RequestIdReused),
        }
    }

    /// The customer of the same request that came before, once it is whole.
    async fn await_other(&self, customer: CustomerId, by: &By) -> Result<Changed<Customer>, Error> {
        let whole = async {
            loop {
                match self.records.find(customer, by.scope).await {
                    Err(Error::NotFound(_)) => tokio::time::sleep(LOOK_EVERY).await,
                    found => return found,
                }
            }
        };
        let found = tokio::time::timeout(WAIT, whole).await.map_err(|_| Problem::Unavailable)??;
        let position = telling::position(&found);
        Ok(Changed::to(found, position))
    }
}

/// The plan as it is stored: a saga that is taken up again no longer has the password.
fn without_password(mut plan: SagaPlan) -> SagaPlan {
    if let Some(account) = plan.account.as_mut().and_then(|call| call.account.as_mut()) {
        account.password.clear();
    }
    plan
}
