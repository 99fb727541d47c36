//! The parts of a customer that other services keep: checked, created and revoked through their internal RPCs.

use crate::error::Error;
use patron_chassis::{client::Channel, fault, principal::Scope};
use patron_proto::{
    address::{
        internal::v1::{
            ValidateAddressesRequest, address_creation_service_client::AddressCreationServiceClient,
        },
        v1::Address,
    },
    group::internal::v1::{
        ValidateMembershipsRequest, membership_creation_service_client::MembershipCreationServiceClient,
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
use tonic::{Code, Status};

/// What a customer is created with besides its record.
#[derive(Debug, Clone, Default)]
pub struct NewParts {
    /// To sign in with.
    pub account: Option<NewAccount>,
    /// Places.
    pub addresses: Vec<Address>,
    /// Groups, as `groups/{group}`, the primary one first.
    pub groups: Vec<String>,
}

impl NewParts {
    /// Whether there is nothing for other services to do.
    pub fn is_empty(&self) -> bool {
        self.account.is_none() && self.addresses.is_empty() && self.groups.is_empty()
    }
}

/// Reaches the services that keep parts, in this service's own name.
#[derive(Clone)]
pub struct Parts {
    identity: AccountCreationServiceClient<Channel>,
    address: AddressCreationServiceClient<Channel>,
    group: MembershipCreationServiceClient<Channel>,
}

impl Parts {
    /// Parts at the services behind these channels.
    pub fn new(identity: &Channel, address: &Channel, group: &Channel) -> Self {
        Self {
            identity: AccountCreationServiceClient::new(identity.as_service()),
            address: AddressCreationServiceClient::new(address.as_service()),
            group: MembershipCreationServiceClient::new(group.as_service()),
        }
    }

    /// Asks every service at once whether it would take its part from a caller of this scope.
    pub async fn validate(&self, parts: &NewParts, email: &str, scope: Scope) -> Result<(), Error> {
        let (mut identity, mut address, mut group) =
            (self.identity.clone(), self.address.clone(), self.group.clone());
        let account = async {
            let Some(account) = parts.account.clone() else { return Ok(()) };
            let request = ValidateAccountRequest { account: Some(account), email: email.to_owned() };
            identity.validate_account(request).await.map(drop)
        };
        let addresses = async {
            if parts.addresses.is_empty() {
                return Ok(());
            }
            let request = ValidateAddressesRequest { addresses: parts.addresses.clone() };
            address.validate_addresses(request).await.map(drop)
        };
        let groups = async {
            if parts.groups.is_empty() {
                return Ok(());
            }
            let request = ValidateMembershipsRequest {
                groups: parts.groups.clone(),
                unrestricted: scope == Scope::All,
            };
            group.validate_memberships(request).await.map(drop)
        };
        let (account, addresses, groups) = futures::join!(account, addresses, groups);
        account.and(addresses).and(groups).map_err(|status| Error::Refused(Box::new(status)))
    }

    /// Makes every call of a creation, in its order. Made before, they change nothing.
    pub async fn create(&self, plan: &SagaPlan) -> Result<(), Status> {
        if let Some(account) = &plan.account {
            self.identity.clone().create_account(account.clone()).await?;
        }
        fault::point("creation.after_account");
        if let Some(addresses) = &plan.addresses {
            self.address.clone().create_addresses(addresses.clone()).await?;
        }
        fault::point("creation.after_addresses");
        if let Some(memberships) = &plan.memberships {
            self.group.clone().create_memberships(memberships.clone()).await?;
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
