use super::{list, rights};
use crate::{
    customer::{Record, State},
    lifecycle::Lifecycle,
    parts::NewParts,
    records::Records,
    store,
};
use patron_chassis::{
    change::By, consumer::Applied, field_mask::FieldMask, fields::Fields, idempotency, principal::Principal,
    seal::Seal, status::Problem, value::id::CustomerId,
};
use patron_proto::profile::v1::{
    BatchGetCustomersRequest, BatchGetCustomersResponse, CreateCustomerRequest, Customer,
    DeleteCustomerRequest, GetCustomerRequest, ListCustomersRequest, ListCustomersResponse,
    UpdateCustomerRequest, customer_service_server::CustomerService,
};
use tonic::{Request, Response, Status};

/// Answers `patron.profile.v1.CustomerService`.
pub struct Customers {
    /// Reads and changes records.
    pub records: Records,
    /// Creates and deletes customers.
    pub lifecycle: Lifecycle,
    /// How far projections have come.
    pub applied: Applied,
    /// Seals page tokens.
    pub seal: Seal,
}

#[tonic::async_trait]
impl CustomerService for Customers {
    async fn create_customer(
        &self,
        mut request: Request<CreateCustomerRequest>,
    ) -> Result<Response<Customer>, Status> {
        let principal = Principal::of(&request).clone();
        let mut by = By::of(&request, "")?;
        by.request = recognised(&by, request.get_ref());
        rights::prepare_creation(&principal, request.get_mut())?;
        let message = request.into_inner();
        let record = Record::parse("customer", &message.customer.unwrap_or_default(), self.records.today());
        let record = record.map_err(Fields::into_problem)?;
        let parts =
            NewParts { account: message.account, addresses: message.addresses, groups: message.groups };
        let created = self.lifecycle.create(record, parts, &by, message.validate_only).await?;
        Ok(created.reply(|customer| customer.into()))
    }

    async fn get_customer(&self, request: Request<GetCustomerRequest>) -> Result<Response<Customer>, Status> {
        let scope = Principal::of(&request).known_scope()?;
        let customer = self.records.find(id("name", &request.get_ref().name)?, scope).await?;
        Ok(Response::new(Customer::from(&customer)))
    }

    async fn batch_get_customers(
        &self,
        request: Request<BatchGetCustomersRequest>,
    ) -> Result<Response<BatchGetCustomersResponse>, Status> {
        let scope = Principal::of(&request).known_scope()?;
        let ids =
            request.get_ref().names.iter().map(|name| id("names", name)).collect::<Result<Vec<_>, _>>()?;
        let database = &self.records.database;
        let customers =
            store::customer::find_all(database, &ids, scope, State::Active).await.map_err(Problem::from)?;
        if let Some(missing) = ids.iter().find(|id| customers.iter().all(|customer| customer.id != **id)) {
            return Err(Problem::not_found("customer", missing.resource_name()).into());
        }
        Ok(Response::new(BatchGetCustomersResponse {
            customers: customers.iter().map(Customer::from).collect(),
        }))
    }

    async fn list_customers(
        &self,
        request: Request<ListCustomersRequest>,
    ) -> Result<Response<ListCustomersResponse>, Status> {
        let freshness = self.applied.catch_up(&request).await.map_err(Problem::from)?;
        let reply =
            list::list(&self.records.database, &self.seal, Principal::of(&request), request.get_ref())
                .await?;
        Ok(freshness.reply(reply))
    }

    async fn update_customer(
        &self,
        request: Request<UpdateCustomerRequest>,
    ) -> Result<Response<Customer>, Status> {
        let by = By::of(&request, &request.get_ref().request_id)?;
        let principal = Principal::of(&request).clone();
        let message = request.into_inner();
        let wanted = message.customer.unwrap_or_default();
        let customer = id("customer.name", &wanted.name)?;
        let mask = FieldMask::parse(message.update_mask.as_ref(), &wanted).map_err(Problem::from)?;
        rights::check_update(&principal, &mask)?;
        let updated = self.records.update(customer, &wanted, &mask, &by, message.validate_only).await?;
        Ok(updated.reply(|customer| customer.into()))
    }

    async fn delete_customer(&self, request: Request<DeleteCustomerRequest>) -> Result<Response<()>, Status> {
        let by = By::of(&request, &request.get_ref().request_id)?;
        let message = request.into_inner();
        self.lifecycle.delete(id("name", &message.name)?, &message.etag, &by).await?;
        Ok(Response::new(()))
    }
}

/// The request as it is known again. The password is no part of that: not even its hash may be stored here.
fn recognised(by: &By, message: &CreateCustomerRequest) -> Option<idempotency::Request> {
    let mut message = message.clone();
    if let Some(account) = &mut message.account {
        account.password.clear();
    }
    idempotency::Request::new(&by.context.actor, &message.request_id, &message)
}

fn id(field: &str, name: &str) -> Result<CustomerId, Problem> {
    CustomerId::parse(name).map_err(|error| Problem::invalid(field, error.to_string()))
}
