//! The parts of a customer that other services keep: checked, created and revoked through their internal RPCs.

use patron_chassis::{client::Channel, fault, principal::Scope};
use patron_proto::{
    address::{
        internal::v1::{
            BatchCreateAddressesRequest, ValidateAddressesRequest,
            address_creation_service_client::AddressCreationServiceClient,
        },
        v1::Address,
    },
    group::internal::v1::{
        BatchCreateMembershipsRequest, ValidateMembershipsRequest,
        membership_creation_service_client::MembershipCreationServiceClient,
    },
    identity::{
        internal::v1::{
            RevokeCustomerRequest, ValidateAccountRequest,
            account_creation_service_client::AccountCreationServiceClient,
        },
        v1::NewAccount,
    },
    profile::internal::v1::SagaPlan,
};
use patron_values::email::Email;
use std::collections::HashSet;
use tonic::{Code, Status};

/// What a customer is created with besides its record.
#[derive(Debug, Clone, Default)]
pub struct ParticipantData {
    /// To sign in with.
    pub account: Option<NewAccount>,
    /// Places.
    pub addresses: Vec<Address>,
    /// Groups, as `groups/{group}`, the primary one first.
    pub groups: Vec<String>,
}

impl ParticipantData {
    /// Whether there is nothing for other services to do.
    pub fn is_empty(&self) -> bool {
        self.account.is_none() && self.addresses.is_empty() && self.groups.is_empty()
    }
}

/// Reaches the services that keep parts, in this service's own name.
#[derive(Clone)]
pub struct Participants {
    identity: AccountCreationServiceClient<Channel>,
    address: AddressCreationServiceClient<Channel>,
    group: MembershipCreationServiceClient<Channel>,
}

impl Participants {
    /// Participants at the services behind these channels.
    pub fn new(identity: &Channel, address: &Channel, group: &Channel) -> Self {
        Self {
            identity: AccountCreationServiceClient::new(identity.as_service()),
            address: AddressCreationServiceClient::new(address.as_service()),
            group: MembershipCreationServiceClient::new(group.as_service()),
        }
    }

    /// Asks every service at once whether it would take its part of customers, each with its email, from a caller of this scope.
    pub async fn validate<'a>(
        &self,
        customers: impl Iterator<Item = (&'a Email, &'a ParticipantData)> + Clone,
        scope: Scope,
    ) -> Result<(), Status> {
        let (mut address, mut group) = (self.address.clone(), self.group.clone());
        let accounts = customers.clone().filter_map(|(email, parts)| {
            let (account, mut identity) = (Some(parts.account.clone()?), self.identity.clone());
            let request = ValidateAccountRequest { account, email: email.to_string() };
            Some(async move { identity.validate_account(request).await.map(drop) })
        });
        let addresses = async {
            let addresses: Vec<_> =
                customers.clone().flat_map(|(_, parts)| parts.addresses.clone()).collect();
            if addresses.is_empty() {
                return Ok(());
            }
            address.validate_addresses(ValidateAddressesRequest { addresses }).await.map(drop)
        };
        let groups = async {
            let mut seen = HashSet::new();
            let groups = customers.clone().flat_map(|(_, parts)| &parts.groups);
            let groups: Vec<_> = groups.filter(|group| seen.insert(*group)).cloned().collect();
            if groups.is_empty() {
                return Ok(());
            }
            let request = ValidateMembershipsRequest { groups, unrestricted: scope == Scope::All };
            group.validate_memberships(request).await.map(drop)
        };
        let (accounts, addresses, groups) =
            futures::join!(futures::future::join_all(accounts), addresses, groups);
        accounts.into_iter().chain([addresses, groups]).collect()
    }

    /// Makes the calls of creations, in their order. Made before, they change nothing.
    pub async fn create(&self, plans: &[&SagaPlan]) -> Result<(), Status> {
        for account in plans.iter().filter_map(|plan| plan.account.clone()) {
            self.identity.clone().create_account(account).await?;
        }
        fault::point("creation.after_account");
        let requests: Vec<_> = plans.iter().filter_map(|plan| plan.addresses.clone()).collect();
        if !requests.is_empty() {
            self.address.clone().batch_create_addresses(BatchCreateAddressesRequest { requests }).await?;
        }
        fault::point("creation.after_addresses");
        let requests: Vec<_> = plans.iter().filter_map(|plan| plan.memberships.clone()).collect();
        if !requests.is_empty() {
            self.group.clone().batch_create_memberships(BatchCreateMembershipsRequest { requests }).await?;
        }
        fault::point("creation.after_memberships");
        Ok(())
    }

    /// Ends every session of a customer and keeps it from signing in.
    pub async fn revoke(&self, customer: String, plan: &SagaPlan) -> Result<(), Status> {
        let request = RevokeCustomerRequest { customer, context: plan.context.clone() };
        self.identity.clone().revoke_customer(request).await.map(drop)
    }
}

/// Whether a failed call may succeed later as it is: the peer did not answer, or not in time.
pub fn is_outage(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Cancelled
            | Code::ResourceExhausted
            | Code::Internal
            | Code::Unknown
    )
}
