//! Group, as far as identity knows it.

use crate::fixture::World;
use patron_chassis::{peer::Peer, testing::TestMesh};
use patron_proto::{
    event::{
        internal::v1::{
            DeliverEventsRequest, deliver_events_response::Outcome,
            event_delivery_service_client::EventDeliveryServiceClient,
        },
        v1::{ChangeContext, CustomerMemberships, Event, event::Snapshot},
    },
    group::internal::v1::{
        ListApprovalGroupsRequest, ListApprovalGroupsResponse, ListCustomerApprovalGroupsRequest,
        approval_service_server::{ApprovalService, ApprovalServiceServer},
    },
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tonic::{Request, Response, Status};

/// Groups that require approval.
pub(crate) const GOLD: &str = "groups/01890a5d-ac96-774b-bcce-b302099a8001";
pub(crate) const SILVER: &str = "groups/01890a5d-ac96-774b-bcce-b302099a8002";
/// Who puts customers into them.
pub(crate) const JOINED_BY: &str = "staff/joiner";

/// Says which groups require approval of a customer.
#[derive(Clone, Default)]
pub(crate) struct FakeGroup(Arc<Mutex<HashMap<String, Vec<String>>>>);

impl FakeGroup {
    pub(crate) async fn start(mesh: &TestMesh) -> Self {
        let fake = Self::default();
        let settings = mesh.settings(Peer::GROUP);
        mesh.serve(Peer::GROUP, settings, |server| {
            server.add_service(ApprovalServiceServer::new(fake.clone()))
        })
        .await;
        fake
    }

    /// From now on a customer is in these groups, which require approval. Nothing is published.
    pub(crate) fn know(&self, customer: &str, groups: &[&str]) {
        let groups = groups.iter().map(ToString::to_string).collect();
        self.0.lock().unwrap().insert(customer.to_owned(), groups);
    }
}

#[tonic::async_trait]
impl ApprovalService for FakeGroup {
    async fn list_approval_groups(
        &self,
        _: Request<ListApprovalGroupsRequest>,
    ) -> Result<Response<ListApprovalGroupsResponse>, Status> {
        unreachable!("only profile asks this")
    }

    async fn list_customer_approval_groups(
        &self,
        request: Request<ListCustomerApprovalGroupsRequest>,
    ) -> Result<Response<ListApprovalGroupsResponse>, Status> {
        let groups = self.0.lock().unwrap().get(&request.get_ref().customer).cloned().unwrap_or_default();
        Ok(Response::new(ListApprovalGroupsResponse { groups }))
    }
}

impl World {
    /// Has group say, in the event of this version, that a customer is in these groups, which require approval.
    pub(crate) async fn join(&self, customer: &str, version: i64, groups: &[&str]) {
        self.group.know(customer, groups);
        let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
        let event = Event {
            source: "group".to_owned(),
            aggregate: format!("{customer}/memberships"),
            version,
            customer: customer.to_owned(),
            context: Some(ChangeContext { actor: JOINED_BY.to_owned(), ..Default::default() }),
            snapshot: Some(Snapshot::Memberships(CustomerMemberships {
                primary_group: groups.first().cloned().unwrap_or_default(),
                approval_groups: groups.clone(),
                groups,
            })),
            ..Default::default()
        };
        let mut client = EventDeliveryServiceClient::new(self.mesh.client_as("group", &self.identity));
        let request = DeliverEventsRequest { events: vec![event], ..DeliverEventsRequest::default() };
        let reply = client.deliver_events(request).await.unwrap().into_inner();
        assert_eq!(reply.outcomes().collect::<Vec<_>>(), [Outcome::Applied]);
    }
}
