//! Somebody who changes one customer again and again, at both replicas of a service.

use patron_proto::{
    address::v1::{Address, UpdateAddressRequest, address_service_client::AddressServiceClient},
    group::v1::{CreateMembershipRequest, Membership, membership_service_client::MembershipServiceClient},
    identity::v1::{
        DisableAccountRequest, EnableAccountRequest, account_service_client::AccountServiceClient,
    },
    profile::v1::{Customer, UpdateCustomerRequest, customer_service_client::CustomerServiceClient},
};
use patron_tests::{Grpc, unique, until};
use prost_types::FieldMask;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tonic::{Code, Request, Status};
use uuid::Uuid;

/// How long a writer tries for one change: a killed process serves again well before.
const TRIES: Duration = Duration::from_secs(30);
/// Deadline of one try, that of a call at the edge.
const TRY: Duration = Duration::from_secs(5);

/// Which service is written to, and what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The company of the record; each change has another.
    Profile,
    /// The label of an address; each change has another.
    Address,
    /// Memberships; each change is of another group.
    Group,
    /// The account is disabled and enabled in turn; each change has another reason.
    Identity,
}

impl Source {
    /// Each of them.
    pub(crate) const ALL: [Self; 4] = [Self::Profile, Self::Address, Self::Group, Self::Identity];
}

/// Who writes.
pub(crate) struct Writer {
    /// What.
    pub(crate) source: Source,
    /// Where: each try at the other one.
    pub(crate) replicas: [Grpc; 2],
    /// Whose.
    pub(crate) customer: String,
    /// An address of theirs.
    pub(crate) address: String,
    /// Groups to put them into.
    pub(crate) groups: Vec<String>,
    /// Whether what has no answer is repeated until there is one. Otherwise the next change follows.
    pub(crate) patient: bool,
}

/// What a writer did.
pub(crate) struct Written {
    /// Where.
    pub(crate) source: Source,
    /// In this order.
    pub(crate) changes: Vec<Change>,
}

/// One change.
pub(crate) struct Change {
    /// By what its event is known.
    pub(crate) key: String,
    /// Whether its answer came.
    pub(crate) acknowledged: bool,
}

impl Writer {
    /// Writes until `stop`, and says what.
    pub(crate) async fn write(&self, stop: &AtomicBool) -> Written {
        let mut changes = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let number = changes.len();
            let key = match self.source {
                Source::Group if number == self.groups.len() => break,
                Source::Group => self.groups[number].clone(),
                _ => unique(),
            };
            let acknowledged = self.change(number, &key).await;
            changes.push(Change { key, acknowledged });
        }
        Written { source: self.source, changes }
    }

    async fn change(&self, number: usize, key: &str) -> bool {
        let request_id = Uuid::from_u128(rand::random()).to_string();
        let mut replica = number;
        until("a change is acknowledged", TRIES, async || {
            let at = self.replicas[replica % 2].clone();
            replica += 1;
            match self.send(at, number, key, request_id.clone()).await {
                Ok(()) => Some(true),
                Err(status) if is_lost(&status) => (!self.patient).then_some(false),
                Err(status) => panic!("a change of {:?} was refused: {status:?}", self.source),
            }
        })
        .await
    }

    async fn send(&self, at: Grpc, number: usize, key: &str, request_id: String) -> Result<(), Status> {
        let key = key.to_owned();
        let mask = |field: &str| Some(FieldMask { paths: vec![field.to_owned()] });
        match self.source {
            Source::Profile => {
                let customer = Customer { name: self.customer.clone(), company: key, ..Customer::default() };
                let request = UpdateCustomerRequest {
                    customer: Some(customer),
                    update_mask: mask("company"),
                    request_id,
                    ..UpdateCustomerRequest::default()
                };
                CustomerServiceClient::new(at).update_customer(within(request)).await.map(drop)
            }
            Source::Address => {
                let address = Address { name: self.address.clone(), label: key, ..Address::default() };
                let request =
                    UpdateAddressRequest { address: Some(address), update_mask: mask("label"), request_id };
                AddressServiceClient::new(at).update_address(within(request)).await.map(drop)
            }
            Source::Group => {
                let membership = Membership { group: key, ..Membership::default() };
                let parent = self.customer.clone();
                let request = CreateMembershipRequest { parent, membership: Some(membership), request_id };
                MembershipServiceClient::new(at).create_membership(within(request)).await.map(drop)
            }
            Source::Identity => {
                let (name, reason) = (format!("{}/account", self.customer), key);
                let mut client = AccountServiceClient::new(at);
                if number.is_multiple_of(2) {
                    let request = DisableAccountRequest { name, reason, request_id, ..Default::default() };
                    client.disable_account(within(request)).await.map(drop)
                } else {
                    let request = EnableAccountRequest { name, reason, request_id, ..Default::default() };
                    client.enable_account(within(request)).await.map(drop)
                }
            }
        }
    }
}

fn within<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(TRY);
    request
}

/// Whether nobody knows what became of a call: the connection broke, or whoever answered said to try again. What a service
/// answers has details, what a broken connection makes of a call has none.
fn is_lost(status: &Status) -> bool {
    status.details().is_empty() || matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded)
}
