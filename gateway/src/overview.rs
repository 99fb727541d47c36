//! The overview of a customer's record, put together from what five services say at once.
//!
//! Every call carries the caller's token and is decided by its service. What the caller may not see, or nobody can answer in time, is
//! named as missing. There is no overview of a customer that its service refuses to show, nor of one of whom nothing is known.

use crate::upstream::Upstreams;
use patron_chassis::{peer::Peer, status::Problem};
use patron_proto::{
    activity::v1::{ListActivityEventsRequest, activity_service_client::ActivityServiceClient},
    address::v1::{ListAddressesRequest, address_service_client::AddressServiceClient},
    gateway::v1::{
        CustomerOverview, GetCustomerOverviewRequest, MissingPart,
        overview_service_server::{OverviewService, OverviewServiceServer},
    },
    group::v1::{ListMembershipsRequest, membership_service_client::MembershipServiceClient},
    identity::v1::{GetAccountRequest, account_service_client::AccountServiceClient},
    profile::v1::{GetCustomerRequest, customer_service_client::CustomerServiceClient},
};
use patron_values::consistency_token::{BEHIND, CONSISTENCY_TOKEN};
use std::time::Duration;
use tonic::{Code, Request, Response, Status, metadata::AsciiMetadataValue};
use tonic_types::StatusExt as _;

/// Time for each part. A page that shows what is there within a second is worth more than a whole one after five.
const PART: Duration = Duration::from_millis(900);

/// Addresses and memberships shown: as many as a page can hold.
const PAGE: i32 = 100;

/// Events shown: what a screen holds.
const EVENTS: i32 = 20;

/// Composes overviews. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Overviews {
    upstreams: Upstreams,
}

impl Overviews {
    /// Overviews of what these services answer.
    pub(crate) fn new(upstreams: Upstreams) -> Self {
        Self { upstreams }
    }

    /// The RPC that gives them.
    pub(crate) fn service(self) -> OverviewServiceServer<Self> {
        OverviewServiceServer::new(self)
    }
}

#[tonic::async_trait]
impl OverviewService for Overviews {
    async fn get_customer_overview(
        &self,
        request: Request<GetCustomerOverviewRequest>,
    ) -> Result<Response<CustomerOverview>, Status> {
        let (metadata, _, GetCustomerOverviewRequest { name }) = request.into_parts();
        // lists wait for what the caller has written, wherever that was
        let tokens = metadata.get(CONSISTENCY_TOKEN);
        let account_name = format!("{name}/account");
        let of_customer = GetCustomerRequest { name: name.clone() };
        let of_addresses =
            ListAddressesRequest { parent: name.clone(), page_size: PAGE, ..Default::default() };
        let of_memberships =
            ListMembershipsRequest { parent: name.clone(), page_size: PAGE, ..Default::default() };
        let of_events = ListActivityEventsRequest { parent: name, page_size: EVENTS, ..Default::default() };

        let mut profile = CustomerServiceClient::new(self.upstreams.get(Peer::PROFILE));
        let mut address = AddressServiceClient::new(self.upstreams.get(Peer::ADDRESS));
        let mut group = MembershipServiceClient::new(self.upstreams.get(Peer::GROUP));
        let mut identity = AccountServiceClient::new(self.upstreams.get(Peer::IDENTITY));
        let mut activity = ActivityServiceClient::new(self.upstreams.get(Peer::ACTIVITY));
        let (customer, addresses, memberships, account, events) = tokio::join!(
            in_time(profile.get_customer(of_customer)),
            in_time(address.list_addresses(up_to(tokens, of_addresses))),
            in_time(group.list_memberships(up_to(tokens, of_memberships))),
            in_time(identity.get_account(GetAccountRequest { name: account_name })),
            in_time(activity.list_activity_events(up_to(tokens, of_events))),
        );

        let known = addresses.is_ok() || memberships.is_ok() || account.is_ok() || events.is_ok();
        let mut parts = Gathered::default();
        let customer = match customer {
            Err(status) if !(known && is_outage(&status)) => return Err(status),
            customer => parts.take("customer", customer),
        };
        let addresses = parts.take("addresses", addresses).map(|list| list.addresses).unwrap_or_default();
        let memberships =
            parts.take("memberships", memberships).map(|list| list.memberships).unwrap_or_default();
        let events = parts.take("events", events).map(|list| list.events).unwrap_or_default();
        let account = match account {
            // a customer who never signs in has none
            Err(status) if status.code() == Code::NotFound => None,
            account => parts.take("account", account),
        };
        let missing_parts = parts.missing;
        let overview = CustomerOverview { customer, addresses, memberships, account, events, missing_parts };
        let mut response = Response::new(overview);
        if parts.behind {
            response.metadata_mut().insert(BEHIND, AsciiMetadataValue::from_static("true"));
        }
        Ok(response)
    }
}

/// The answer, or that there was none in time.
async fn in_time<T>(answer: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
    tokio::time::timeout(PART, answer).await.unwrap_or_else(|_| Err(Problem::Late.into()))
}

/// Whether the service could not say, as opposed to what it said.
fn is_outage(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted)
}

fn up_to<T>(tokens: Option<&AsciiMetadataValue>, message: T) -> Request<T> {
    let mut request = Request::new(message);
    if let Some(tokens) = tokens {
        request.metadata_mut().insert(CONSISTENCY_TOKEN, tokens.clone());
    }
    request
}

/// What the answers say besides their messages.
#[derive(Default)]
struct Gathered {
    missing: Vec<MissingPart>,
    behind: bool,
}

impl Gathered {
    fn take<T>(&mut self, part: &str, answer: Result<Response<T>, Status>) -> Option<T> {
        match answer {
            Ok(response) => {
                self.behind |= response.metadata().contains_key(BEHIND);
                Some(response.into_inner())
            }
            Err(status) => {
                let details = status.get_error_details();
                let reason = details.error_info().map_or("INTERNAL", |info| info.reason.as_str());
                self.missing.push(MissingPart { part: part.to_owned(), reason: reason.to_owned() });
                None
            }
        }
    }
}
