use super::{count, creation, duplicates, list, rights};
use crate::{
    customer::State,
    events,
    operations::{Creations, Customers, Deletions, FieldPolicies, History},
    store,
};
use patron_chassis::{principal::Principal, status::Problem};
use patron_ledger::{
    change::{Caller, Changed},
    inbox::Inbox,
};
use patron_proto::profile::v1::{
    BatchCreateCustomersRequest, BatchCreateCustomersResponse, BatchGetCustomersRequest,
    BatchGetCustomersResponse, CountCustomersRequest, CountCustomersResponse, CreateCustomerRequest,
    Customer, DeleteCustomerRequest, FindDuplicateCustomersRequest, FindDuplicateCustomersResponse,
    GetCustomerRequest, ListCustomersRequest, ListCustomersResponse, UpdateCustomerRequest,
    customer_service_server::CustomerService,
};
use patron_values::{
    field_mask::FieldMask,
    id::{CustomerId, StaffId},
    seal::Seal,
};
use std::{collections::BTreeMap, iter};
use tonic::{Request, Response, Status};

/// Answers `patron.profile.v1.CustomerService`.
pub struct CustomerRpc {
    /// Reads and changes customers.
    pub customers: Customers,
    /// What is asked of customers.
    pub policies: FieldPolicies,
    /// Creates customers.
    pub creations: Creations,
    /// Deletes customers.
    pub deletions: Deletions,
    /// How far projections have come.
    pub inbox: Inbox,
    /// Seals page tokens.
    pub seal: Seal,
}

#[tonic::async_trait]
impl CustomerService for CustomerRpc {
    async fn create_customer(
        &self,
        request: Request<CreateCustomerRequest>,
    ) -> Result<Response<Customer>, Status> {
        let principal = Principal::of(&request).clone();
        let caller = Caller::of(&request, "")?;
        let message = request.into_inner();
        let caller = caller.validating(message.validate_only);
        let today = self.customers.today();
        let new = creation::authorize_and_parse(&principal, &caller, message, &self.policies, today)?;
        let created = self.creations.create(&[new], &caller).await.pop();
        Ok(created.ok_or(Problem::Unavailable)??.reply(|customer| customer.into()))
    }

    async fn batch_create_customers(
        &self,
        request: Request<BatchCreateCustomersRequest>,
    ) -> Result<Response<BatchCreateCustomersResponse>, Status> {
        let principal = Principal::of(&request).clone();
        let caller = Caller::of(&request, "")?;
        let message = request.into_inner();
        creation::check_batch(&message.requests)?;
        let caller = caller.validating(message.validate_only);
        let today = self.customers.today();
        let (mut news, mut refused) = (Vec::new(), BTreeMap::new());
        for (place, request) in message.requests.into_iter().enumerate() {
            let new = creation::check_form(&request).and_then(|()| {
                creation::authorize_and_parse(&principal, &caller, request, &self.policies, today)
            });
            match new {
                Ok(new) => news.push(new),
                Err(problem) => drop(refused.insert(place, problem)),
            }
        }
        let mut created = self.creations.create(&news, &caller).await.into_iter();
        let results: Vec<Result<Changed<_>, Status>> = (0..created.len() + refused.len())
            .map(|place| match refused.remove(&place) {
                Some(problem) => Err(problem.into()),
                None => Ok(created.next().ok_or(Problem::Unavailable)??),
            })
            .collect();
        let tokens = results.iter().flatten().flat_map(|changed| changed.consistency_tokens.clone());
        let consistency_tokens = events::consistency_tokens_of_batch(tokens);
        let results =
            results.into_iter().map(|result| creation::result(result.map(|it| it.result))).collect();
        Ok(Changed { result: (), consistency_tokens }.reply(|()| BatchCreateCustomersResponse { results }))
    }

    async fn get_customer(&self, request: Request<GetCustomerRequest>) -> Result<Response<Customer>, Status> {
        let scope = Principal::of(&request).known_scope()?;
        let customer = self.customers.find(id("name", &request.get_ref().name)?, scope).await?;
        Ok(Response::new(Customer::from(&customer)))
    }

    async fn batch_get_customers(
        &self,
        request: Request<BatchGetCustomersRequest>,
    ) -> Result<Response<BatchGetCustomersResponse>, Status> {
        let scope = Principal::of(&request).known_scope()?;
        let ids =
            request.get_ref().names.iter().map(|name| id("names", name)).collect::<Result<Vec<_>, _>>()?;
        let database = self.customers.ledger.database();
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
        let freshness = self.inbox.catch_up(&request).await.map_err(Problem::from)?;
        let reply = list::list(
            self.customers.ledger.database(),
            &self.seal,
            Principal::of(&request),
            request.get_ref(),
        )
        .await?;
        Ok(freshness.reply(reply))
    }

    async fn count_customers(
        &self,
        request: Request<CountCustomersRequest>,
    ) -> Result<Response<CountCustomersResponse>, Status> {
        let freshness = self.inbox.catch_up(&request).await.map_err(Problem::from)?;
        let scope = Principal::of(&request).known_scope()?;
        let times = count::times(request.get_ref())?;
        let counts = store::count::between(self.customers.ledger.database(), scope, &times).await;
        Ok(freshness.reply(CountCustomersResponse { counts: counts.map_err(Problem::from)? }))
    }

    async fn find_duplicate_customers(
        &self,
        request: Request<FindDuplicateCustomersRequest>,
    ) -> Result<Response<FindDuplicateCustomersResponse>, Status> {
        let scope = Principal::of(&request).known_scope()?;
        let message = request.get_ref();
        let except = Some(&message.except).filter(|name| !name.is_empty());
        let except = except.map(|name| id("except", name)).transpose()?;
        let database = self.customers.ledger.database();
        Ok(Response::new(duplicates::find(database, scope, message, except).await?))
    }

    async fn update_customer(
        &self,
        request: Request<UpdateCustomerRequest>,
    ) -> Result<Response<Customer>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let principal = Principal::of(&request).clone();
        let message = request.into_inner();
        let wanted = message.customer.unwrap_or_default();
        let customer = id("customer.name", &wanted.name)?;
        let mask = FieldMask::parse(message.update_mask.as_ref(), &wanted).map_err(Problem::from)?;
        rights::check_update(&principal, &mask)?;
        if mask.contains("assigned_staff") {
            self.check_staff(customer, &wanted, &caller).await?;
        }
        let caller = caller.validating(message.validate_only);
        let rules = self.policies.rules(creation::channel_of(&principal));
        let updated = self.customers.update(customer, &wanted, &mask, rules, &caller).await?;
        Ok(updated.reply(|customer| customer.into()))
    }

    async fn delete_customer(&self, request: Request<DeleteCustomerRequest>) -> Result<Response<()>, Status> {
        let caller = Caller::of(&request, &request.get_ref().request_id)?;
        let history = if request.get_ref().delete_history {
            rights::check_delete_history(Principal::of(&request))?;
            History::Delete
        } else {
            History::Keep
        };
        let message = request.into_inner();
        self.deletions.delete(id("name", &message.name)?, &message.etag, history, &caller).await?;
        Ok(Response::new(()))
    }
}

impl CustomerRpc {
    /// Refuses to assign who is no member of staff, or disabled.
    async fn check_staff(
        &self,
        customer: CustomerId,
        wanted: &Customer,
        caller: &Caller,
    ) -> Result<(), Status> {
        let stored = self.customers.find(customer, caller.scope).await?;
        let named = wanted.assigned_staff.iter().map(|name| StaffId::parse(name));
        // A name of another form is refused with the other fields.
        let Ok(assigned_staff) = named.collect::<Result<Vec<_>, _>>() else { return Ok(()) };
        let (staff, known) = (&self.creations.participants.staff, &stored.record.assigned_staff);
        staff.check(iter::once(assigned_staff.as_slice()), known).await
    }
}

fn id(field: &str, name: &str) -> Result<CustomerId, Problem> {
    CustomerId::parse(name).map_err(|error| Problem::invalid(field, error.to_string()))
}
