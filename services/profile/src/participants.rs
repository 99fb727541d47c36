//! The services that take part in the beginning and end of customers, reached through their internal RPCs.

use crate::{
    assigned_staff::AssignedStaff,
    customer::{Customer, Record},
    events,
};
use patron_chassis::{client::Channel, fault, peer::Peer, principal::Scope, status::Problem};
use patron_ledger::{outbox::Outbox, reference, saga::is_outage};
use patron_proto::{
    address::{
        internal::v1::{
            BatchCreateAddressesRequest, CreateAddressesRequest, ValidateAddressesRequest,
            address_creation_service_client::AddressCreationServiceClient,
        },
        v1::Address,
    },
    event::{
        internal::v1::{
            DeliverEventsRequest, deliver_events_response::Outcome,
            event_delivery_service_client::EventDeliveryServiceClient,
        },
        v1::{ChangeContext, Event},
    },
    group::internal::v1::{
        BatchCreateMembershipsRequest, CreateMembershipsRequest, ListApprovalGroupsRequest,
        ValidateMembershipsRequest, approval_service_client::ApprovalServiceClient,
        membership_creation_service_client::MembershipCreationServiceClient,
    },
    identity::{
        internal::v1::{
            CreateAccountRequest, ValidateAccountRequest,
            account_creation_service_client::AccountCreationServiceClient,
        },
        v1::NewAccount,
    },
};
use patron_values::id::StaffId;
use std::collections::HashSet;
use time::OffsetDateTime;
use tonic::Status;

/// Accounts of a batch that identity is asked about at once: a part of the calls of peers that it answers at once.
const ACCOUNTS_AT_ONCE: usize = 8;

/// What a customer is created with besides its record.
#[derive(Debug, Clone, Default)]
pub struct ParticipantData {
    /// To sign in with.
    pub account: Option<NewAccount>,
    /// Addresses.
    pub addresses: Vec<Address>,
    /// Groups, as `groups/{group}`, the primary one first.
    pub groups: Vec<String>,
}

impl ParticipantData {
    /// Whether there is nothing for other services to do.
    pub fn is_empty(&self) -> bool {
        self.account.is_none() && self.addresses.is_empty() && self.groups.is_empty()
    }

    /// The groups that are among those which require approval.
    pub fn approval_groups(&self, requiring: &HashSet<String>) -> Vec<String> {
        self.groups.iter().filter(|group| requiring.contains(*group)).cloned().collect()
    }
}

/// Why customers cannot be created as they are asked for.
#[derive(Debug)]
pub enum Invalid {
    /// A service refuses its part of one of them.
    Refused(Status),
    /// A service does not answer; by their places, whether each of them needs it.
    Away(Status, Vec<bool>),
}

/// Reaches the services that keep parts, in this service's own name.
#[derive(Clone)]
pub struct Participants {
    /// Who may be assigned to customers.
    pub staff: AssignedStaff,
    identity: AccountCreationServiceClient<Channel>,
    address: AddressCreationServiceClient<Channel>,
    group: MembershipCreationServiceClient<Channel>,
    approval: ApprovalServiceClient<Channel>,
    /// Those that refuse writes for customers who are being deleted.
    deliveries: [(Peer, EventDeliveryServiceClient<Channel>); 3],
}

/// Whether a customer needs a participant.
type Needs<'n> = dyn Fn(&Record, &ParticipantData) -> bool + 'n;

impl Participants {
    /// Participants at the services behind these channels.
    pub fn new(identity: &Channel, address: &Channel, group: &Channel) -> Self {
        Self {
            staff: AssignedStaff::new(identity),
            identity: AccountCreationServiceClient::new(identity.as_service()),
            address: AddressCreationServiceClient::new(address.as_service()),
            group: MembershipCreationServiceClient::new(group.as_service()),
            approval: ApprovalServiceClient::new(group.as_service()),
            deliveries: [(Peer::IDENTITY, identity), (Peer::ADDRESS, address), (Peer::GROUP, group)]
                .map(|(peer, channel)| (peer, EventDeliveryServiceClient::new(channel.as_service()))),
        }
    }

    /// Asks every service at once whether it would take its part of these customers from a caller of this scope.
    pub async fn validate<'a>(
        &self,
        customers: impl Iterator<Item = (&'a Record, &'a ParticipantData)> + Clone,
        scope: Scope,
    ) -> Result<(), Invalid> {
        let (mut address, mut group) = (self.address.clone(), self.group.clone());
        let accounts = customers.clone().filter_map(|(record, parts)| {
            let account = Some(parts.account.clone()?);
            let email = record.email.as_ref().map(ToString::to_string).unwrap_or_default();
            Some(ValidateAccountRequest { account, email })
        });
        let accounts: Vec<_> = accounts.collect();
        let accounts = async {
            for some in accounts.chunks(ACCOUNTS_AT_ONCE) {
                let asked = some.iter().map(async |request| {
                    self.identity.clone().validate_account(request.clone()).await.map(drop)
                });
                futures::future::try_join_all(asked).await?;
            }
            Ok(())
        };
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
        // Whoever sees assigned customers alone is a member of staff, with a token that is good.
        let caller: Option<StaffId> = reference::assigned_to(scope);
        let staff = self
            .staff
            .check(customers.clone().map(|(record, _)| record.assigned_staff.as_slice()), caller.as_slice());
        let (accounts, addresses, groups, staff) = futures::join!(accounts, addresses, groups, staff);
        let answers: [(_, &Needs<'_>); 4] = [
            (accounts, &|_, data| data.account.is_some()),
            (addresses, &|_, data| !data.addresses.is_empty()),
            (groups, &|_, data| !data.groups.is_empty()),
            (staff, &|record, _| record.assigned_staff.iter().any(|staff| Some(*staff) != caller)),
        ];
        let (mut refusal, mut outage) = (None, None);
        let mut needs_one_away = vec![false; customers.clone().count()];
        for (answer, needs) in answers {
            match answer {
                Ok(()) => {}
                Err(status) if is_outage(&status) => {
                    for (waits, (record, data)) in needs_one_away.iter_mut().zip(customers.clone()) {
                        *waits |= needs(record, data);
                    }
                    outage.get_or_insert(status);
                }
                Err(status) => {
                    refusal.get_or_insert(status);
                }
            }
        }
        // The outage first: without those that meet it, the refused one is looked for among the others.
        match (outage, refusal) {
            (Some(status), _) => Err(Invalid::Away(status, needs_one_away)),
            (None, Some(status)) => Err(Invalid::Refused(status)),
            (None, None) => Ok(()),
        }
    }

    /// Which of the groups of these customers require approval. Asked once for a creation, all of whose steps are told the same: so no
    /// account is active while its customer is in a group that required approval, though the group may change meanwhile.
    pub async fn approval_groups<'a>(
        &self,
        customers: impl Iterator<Item = &'a ParticipantData>,
    ) -> Result<HashSet<String>, Status> {
        let groups: HashSet<String> = customers.flat_map(|parts| parts.groups.iter().cloned()).collect();
        if groups.is_empty() {
            return Ok(groups);
        }
        let request = ListApprovalGroupsRequest { groups: groups.into_iter().collect() };
        let reply = self.approval.clone().list_approval_groups(request).await?;
        Ok(reply.into_inner().groups.into_iter().collect())
    }

    /// Creates accounts of customers. Those created before stay as they are.
    pub async fn create_accounts(
        &self,
        requests: impl Iterator<Item = CreateAccountRequest>,
    ) -> Result<(), Status> {
        for request in requests {
            self.identity.clone().create_account(request).await?;
        }
        fault::point("creation.after_account");
        Ok(())
    }

    /// Creates the addresses of at most 100 customers. Those created before stay as they are.
    pub async fn create_addresses(
        &self,
        requests: impl Iterator<Item = CreateAddressesRequest>,
    ) -> Result<(), Status> {
        let request = BatchCreateAddressesRequest { requests: requests.collect() };
        self.address.clone().batch_create_addresses(request).await?;
        fault::point("creation.after_addresses");
        Ok(())
    }

    /// Puts at most 100 customers into groups. Those who are in them stay.
    pub async fn create_memberships(
        &self,
        requests: impl Iterator<Item = CreateMembershipsRequest>,
    ) -> Result<(), Status> {
        let request = BatchCreateMembershipsRequest { requests: requests.collect() };
        self.group.clone().batch_create_memberships(request).await?;
        fault::point("creation.after_memberships");
        Ok(())
    }

    /// Delivers to every service that these customers are being deleted, since when and by whom, without waiting for the relay: from the
    /// answer on it takes no write for them, and nobody signs in.
    pub async fn mark_deleting<'c>(
        &self,
        outbox: &Outbox,
        customers: impl Iterator<Item = (&'c Customer, ChangeContext, OffsetDateTime)>,
    ) -> Result<(), Status> {
        let mut events: Vec<(&[Peer], Event)> = Vec::new();
        for (customer, context, at) in customers {
            events.extend(
                events::references(customer)
                    .into_iter()
                    .map(|reference| (reference.subscribers, outbox.event(reference, &context, at))),
            );
        }
        let deliveries = self.deliveries.iter().map(async |(peer, client)| {
            let concerned = events.iter().filter(|(subscribers, _)| subscribers.contains(peer));
            deliver(client, concerned.map(|(_, event)| event.clone()).collect()).await
        });
        futures::future::try_join_all(deliveries).await.map(drop)
    }

    /// Delivers to identity that a customer was given up, without waiting for the relay: from the answer on the username is free, and an
    /// account that is still to be created for it is refused.
    pub async fn end_account(&self, end: Event) -> Result<(), Status> {
        let [(_, identity), ..] = &self.deliveries;
        deliver(identity, vec![end]).await
    }
}

async fn deliver(client: &EventDeliveryServiceClient<Channel>, events: Vec<Event>) -> Result<(), Status> {
    let request = DeliverEventsRequest { events, ..DeliverEventsRequest::default() };
    let reply = client.clone().deliver_events(request).await?.into_inner();
    let applied = reply.outcomes().all(|outcome| outcome == Outcome::Applied);
    if applied { Ok(()) } else { Err(Problem::Unavailable.into()) }
}
