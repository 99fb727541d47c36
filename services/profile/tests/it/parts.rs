use patron_chassis::status::Problem;
use patron_proto::{
    address::internal::v1::{
        BatchCreateAddressesRequest, ValidateAddressesRequest,
        address_creation_service_server::AddressCreationService,
    },
    group::internal::v1::{
        BatchCreateMembershipsRequest, ValidateMembershipsRequest,
        membership_creation_service_server::MembershipCreationService,
    },
    identity::internal::v1::{
        CreateAccountRequest, RevokeCustomerRequest, ValidateAccountRequest,
        account_creation_service_server::AccountCreationService,
    },
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tonic::{Request, Response, Status};

/// Stand-in for the services that keep parts of customers: takes everything, unless told to refuse.
#[derive(Clone, Default)]
pub(crate) struct FakeParts {
    failing: Arc<Mutex<HashMap<&'static str, Failure>>>,
    calls: Arc<Mutex<Vec<(&'static str, String)>>>,
}

impl FakeParts {
    /// From now on a call fails.
    pub(crate) fn fail(&self, call: &'static str, failure: Failure) {
        self.failing.lock().unwrap().insert(call, failure);
    }

    /// From now on every call succeeds.
    pub(crate) fn recover(&self) {
        self.failing.lock().unwrap().clear();
    }

    /// Calls so far, in their order.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        self.calls.lock().unwrap().iter().map(|(call, _)| *call).collect()
    }

    /// The customer of the latest call.
    pub(crate) fn latest_customer(&self) -> String {
        self.calls.lock().unwrap().last().map(|(_, customer)| customer.clone()).unwrap_or_default()
    }

    fn answer(&self, call: &'static str, customer: &str) -> Result<Response<()>, Status> {
        self.calls.lock().unwrap().push((call, customer.to_owned()));
        let problem = match self.failing.lock().unwrap().get(call) {
            None => return Ok(Response::new(())),
            Some(Failure::Outage) => Problem::Unavailable,
            Some(Failure::Refusal) => Problem::State {
                rule: "REFUSED_BY_TEST",
                subject: customer.to_owned(),
                description: "the test refuses it".to_owned(),
            },
        };
        Err(problem.into())
    }
}

/// How a call fails.
#[derive(Clone, Copy)]
pub(crate) enum Failure {
    /// It is refused for good.
    Refusal,
    /// It is not answered, and may be later.
    Outage,
}

#[tonic::async_trait]
impl AccountCreationService for FakeParts {
    async fn validate_account(&self, _: Request<ValidateAccountRequest>) -> Result<Response<()>, Status> {
        self.answer("validate_account", "")
    }

    async fn create_account(&self, request: Request<CreateAccountRequest>) -> Result<Response<()>, Status> {
        self.answer("create_account", &request.get_ref().customer)
    }

    async fn revoke_customer(&self, request: Request<RevokeCustomerRequest>) -> Result<Response<()>, Status> {
        self.answer("revoke_customer", &request.get_ref().customer)
    }
}

#[tonic::async_trait]
impl AddressCreationService for FakeParts {
    async fn validate_addresses(&self, _: Request<ValidateAddressesRequest>) -> Result<Response<()>, Status> {
        self.answer("validate_addresses", "")
    }

    async fn batch_create_addresses(
        &self,
        request: Request<BatchCreateAddressesRequest>,
    ) -> Result<Response<()>, Status> {
        let customers = request.get_ref().requests.iter().map(|one| one.customer.clone());
        self.answer("create_addresses", &customers.collect::<Vec<_>>().join(" "))
    }
}

#[tonic::async_trait]
impl MembershipCreationService for FakeParts {
    async fn validate_memberships(
        &self,
        _: Request<ValidateMembershipsRequest>,
    ) -> Result<Response<()>, Status> {
        self.answer("validate_memberships", "")
    }

    async fn batch_create_memberships(
        &self,
        request: Request<BatchCreateMembershipsRequest>,
    ) -> Result<Response<()>, Status> {
        let customers = request.get_ref().requests.iter().map(|one| one.customer.clone());
        self.answer("create_memberships", &customers.collect::<Vec<_>>().join(" "))
    }
}
