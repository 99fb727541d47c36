use patron_chassis::status::Problem;
use patron_proto::{
    address::internal::v1::{
        BatchCreateAddressesRequest, ValidateAddressesRequest,
        address_creation_service_server::AddressCreationService,
    },
    event::{
        internal::v1::{
            DeliverEventsRequest, DeliverEventsResponse, deliver_events_response::Outcome,
            event_delivery_service_server::EventDeliveryService,
        },
        v1::{customer_reference::State, event::Snapshot},
    },
    group::internal::v1::{
        BatchCreateMembershipsRequest, ListApprovalGroupsRequest, ListApprovalGroupsResponse,
        ListCustomerApprovalGroupsRequest, ValidateMembershipsRequest,
        approval_service_server::ApprovalService,
        membership_creation_service_server::MembershipCreationService,
    },
    identity::internal::v1::{
        BatchGetStaffReferencesRequest, BatchGetStaffReferencesResponse, CreateAccountRequest,
        StaffReference, ValidateAccountRequest, account_creation_service_server::AccountCreationService,
        staff_reference_service_server::StaffReferenceService,
    },
};
use patron_values::id::StaffId;
use prost_types::Timestamp;
use std::{
    collections::{HashMap, HashSet},
    future,
    sync::{Arc, Mutex},
};
use tonic::{Request, Response, Status};

/// A fake of the services that keep something of customers: takes everything, unless it shall refuse.
#[derive(Clone, Default)]
pub(crate) struct FakeParts {
    failing: Arc<Mutex<HashMap<&'static str, Failure>>>,
    calls: Arc<Mutex<Vec<(&'static str, String)>>>,
    /// When each mark says that a deletion began.
    marks: Arc<Mutex<Vec<Timestamp>>>,
    /// Usernames by customer.
    accounts: Arc<Mutex<HashMap<String, String>>>,
    /// Whether each member of staff is disabled.
    staff: Arc<Mutex<HashMap<String, bool>>>,
    /// Groups that require approval.
    approval_groups: Arc<Mutex<HashSet<String>>>,
    /// Whether the account of the latest creation needs approval, and the groups that its memberships ask for it by.
    approval: Arc<Mutex<(bool, Vec<String>)>>,
}

impl FakeParts {
    /// From now on a call fails.
    pub(crate) fn fail(&self, call: &'static str, failure: Failure) {
        self.failing.lock().unwrap().insert(call, failure);
    }

    /// From now on a call succeeds.
    pub(crate) fn recover_from(&self, call: &'static str) {
        self.failing.lock().unwrap().remove(call);
    }

    /// From now on every call succeeds.
    pub(crate) fn recover(&self) {
        self.failing.lock().unwrap().clear();
    }

    /// When each mark of a deletion said that it began.
    pub(crate) fn marks(&self) -> Vec<Timestamp> {
        self.marks.lock().unwrap().clone()
    }

    /// From now on a person is a member of staff, disabled or not.
    pub(crate) fn knows_staff(&self, staff: StaffId, disabled: bool) {
        self.staff.lock().unwrap().insert(staff.resource_name(), disabled);
    }

    /// From now on a group requires approval of new customers.
    pub(crate) fn requires_approval(&self, group: &str) {
        self.approval_groups.lock().unwrap().insert(group.to_owned());
    }

    /// Whether the account of the latest creation needs approval, and the groups for which its memberships were told so.
    pub(crate) fn approval(&self) -> (bool, Vec<String>) {
        self.approval.lock().unwrap().clone()
    }

    /// Calls so far, in their order.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        self.calls.lock().unwrap().iter().map(|(call, _)| *call).collect()
    }

    /// The customer of the latest call.
    pub(crate) fn latest_customer(&self) -> String {
        self.calls.lock().unwrap().last().map(|(_, customer)| customer.clone()).unwrap_or_default()
    }

    /// Keeps the username of a customer, where one is named, and refuses that of another.
    fn keep_account(&self, customer: &str, username: &str) -> Result<Response<()>, Status> {
        let mut accounts = self.accounts.lock().unwrap();
        if accounts.iter().any(|(owner, taken)| owner != customer && taken == username && !taken.is_empty()) {
            return Err(Problem::Taken { kind: "account", field: "account.username" }.into());
        }
        if !customer.is_empty() {
            accounts.insert(customer.to_owned(), username.to_owned());
        }
        Ok(Response::new(()))
    }

    pub(crate) async fn answer(&self, call: &'static str, customer: &str) -> Result<Response<()>, Status> {
        self.calls.lock().unwrap().push((call, customer.to_owned()));
        let failure = self.failing.lock().unwrap().get(call).copied();
        let problem = match failure {
            None => return Ok(Response::new(())),
            Some(Failure::Hang) => future::pending().await,
            Some(Failure::Outage) => Problem::Unavailable,
            Some(Failure::Older) => return Err(unknown_call()),
            Some(Failure::Refusal) => Problem::State {
                rule: "REFUSED_BY_TEST",
                subject: customer.to_owned(),
                description: "the test refuses it".to_owned(),
            },
        };
        Err(problem.into())
    }
}

#[expect(clippy::disallowed_methods, reason = "this is what the transport says by itself")]
fn unknown_call() -> Status {
    Status::unimplemented("")
}

/// How a call fails.
#[derive(Clone, Copy)]
pub(crate) enum Failure {
    /// It is refused for good.
    Refusal,
    /// It is not answered, and may be later.
    Outage,
    /// The service is of an older release, and does not know the call.
    Older,
    /// It is never answered.
    Hang,
}

#[tonic::async_trait]
impl AccountCreationService for FakeParts {
    async fn validate_account(
        &self,
        request: Request<ValidateAccountRequest>,
    ) -> Result<Response<()>, Status> {
        self.answer("validate_account", "").await?;
        self.keep_account("", &request.into_inner().account.unwrap_or_default().username)
    }

    async fn create_account(&self, request: Request<CreateAccountRequest>) -> Result<Response<()>, Status> {
        let CreateAccountRequest { customer, account, approval_needed, .. } = request.into_inner();
        self.approval.lock().unwrap().0 = approval_needed;
        self.answer("create_account", &customer).await?;
        self.keep_account(&customer, &account.unwrap_or_default().username)
    }
}

#[tonic::async_trait]
impl StaffReferenceService for FakeParts {
    async fn batch_get_staff_references(
        &self,
        request: Request<BatchGetStaffReferencesRequest>,
    ) -> Result<Response<BatchGetStaffReferencesResponse>, Status> {
        let names = request.into_inner().staff;
        self.answer("staff_references", &names.join(" ")).await?;
        let known = self.staff.lock().unwrap();
        let found = names.into_iter().filter_map(|staff| {
            let disabled = *known.get(&staff)?;
            Some(StaffReference { staff, disabled, display_name: "Jane Peacock".to_owned() })
        });
        Ok(Response::new(BatchGetStaffReferencesResponse { references: found.collect() }))
    }
}

#[tonic::async_trait]
impl AddressCreationService for FakeParts {
    async fn validate_addresses(&self, _: Request<ValidateAddressesRequest>) -> Result<Response<()>, Status> {
        self.answer("validate_addresses", "").await
    }

    async fn batch_create_addresses(
        &self,
        request: Request<BatchCreateAddressesRequest>,
    ) -> Result<Response<()>, Status> {
        let customers = request.get_ref().requests.iter().map(|one| one.customer.clone());
        self.answer("create_addresses", &customers.collect::<Vec<_>>().join(" ")).await
    }
}

#[tonic::async_trait]
impl MembershipCreationService for FakeParts {
    async fn validate_memberships(
        &self,
        _: Request<ValidateMembershipsRequest>,
    ) -> Result<Response<()>, Status> {
        self.answer("validate_memberships", "").await
    }

    async fn batch_create_memberships(
        &self,
        request: Request<BatchCreateMembershipsRequest>,
    ) -> Result<Response<()>, Status> {
        let customers = request.get_ref().requests.iter().map(|one| one.customer.clone());
        let asking = request.get_ref().requests.iter().flat_map(|one| one.approval_groups.clone());
        self.approval.lock().unwrap().1 = asking.collect();
        self.answer("create_memberships", &customers.collect::<Vec<_>>().join(" ")).await
    }
}

#[tonic::async_trait]
impl ApprovalService for FakeParts {
    async fn list_approval_groups(
        &self,
        request: Request<ListApprovalGroupsRequest>,
    ) -> Result<Response<ListApprovalGroupsResponse>, Status> {
        let mut groups = request.into_inner().groups;
        groups.retain(|group| self.approval_groups.lock().unwrap().contains(group));
        Ok(Response::new(ListApprovalGroupsResponse { groups }))
    }

    async fn list_customer_approval_groups(
        &self,
        _: Request<ListCustomerApprovalGroupsRequest>,
    ) -> Result<Response<ListApprovalGroupsResponse>, Status> {
        Err(Problem::Unimplemented.into())
    }
}

#[tonic::async_trait]
impl EventDeliveryService for FakeParts {
    /// Counts as a call only where customers are marked as being deleted.
    async fn deliver_events(
        &self,
        request: Request<DeliverEventsRequest>,
    ) -> Result<Response<DeliverEventsResponse>, Status> {
        let events = &request.get_ref().events;
        for event in events {
            if let Some(Snapshot::Reference(it)) = &event.snapshot
                && it.state() == State::Deleted
            {
                self.accounts.lock().unwrap().remove(&it.customer);
            }
        }
        let marked = events.iter().find(
            |event| matches!(&event.snapshot, Some(Snapshot::Reference(it)) if it.state() == State::Deleting),
        );
        if let Some(marked) = marked {
            self.marks.lock().unwrap().extend(marked.time);
            self.answer("mark", &marked.customer).await?;
        }
        let outcomes = vec![Outcome::Applied.into(); events.len()];
        Ok(Response::new(DeliverEventsResponse { outcomes }))
    }
}
