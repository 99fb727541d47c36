//! The profile service, as far as identity sees it.

use patron_proto::{
    event::{
        internal::v1::{
            DeliverEventsRequest, deliver_events_response::Outcome,
            event_delivery_service_client::EventDeliveryServiceClient,
        },
        v1::{CustomerReference, Event, customer_reference::State, event::Snapshot},
    },
    profile::internal::v1::{
        BatchGetCustomerReferencesRequest, BatchGetCustomerReferencesResponse,
        customer_reference_service_server::CustomerReferenceService,
    },
};
use prost_types::Timestamp;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tonic::{Request, Response, Status, transport::Channel};

/// What profile knows of customers, by name.
#[derive(Clone, Default)]
pub(crate) struct Profile(Arc<Mutex<HashMap<String, CustomerReference>>>);

impl Profile {
    /// Changes what it knows, of which identity is told only by [`deliver`].
    pub(crate) fn change(
        &self,
        customer: &str,
        change: impl FnOnce(&mut CustomerReference),
    ) -> CustomerReference {
        let mut known = self.0.lock().unwrap();
        let reference = known.entry(customer.to_owned()).or_insert_with(|| CustomerReference {
            customer: customer.to_owned(),
            state: State::Active.into(),
            ..Default::default()
        });
        reference.version += 1;
        change(reference);
        reference.clone()
    }
}

#[tonic::async_trait]
impl CustomerReferenceService for Profile {
    async fn batch_get_customer_references(
        &self,
        request: Request<BatchGetCustomerReferencesRequest>,
    ) -> Result<Response<BatchGetCustomerReferencesResponse>, Status> {
        let known = self.0.lock().unwrap();
        let names = request.into_inner().customers;
        let references = names.iter().filter_map(|name| known.get(name).cloned()).collect();
        Ok(Response::new(BatchGetCustomerReferencesResponse { references }))
    }
}

/// Tells identity of a reference, at a time in seconds since 1970, and says what became of it.
pub(crate) async fn deliver(channel: &Channel, reference: CustomerReference, seconds: i64) -> Outcome {
    let event = Event {
        source: "profile".to_owned(),
        aggregate: format!("{}/reference", reference.customer),
        version: reference.version,
        r#type: "customer.updated".to_owned(),
        customer: reference.customer.clone(),
        time: Some(Timestamp { seconds, nanos: 0 }),
        snapshot: Some(Snapshot::Reference(reference)),
        ..Default::default()
    };
    let mut client = EventDeliveryServiceClient::new(channel.clone());
    let reply =
        client.deliver_events(DeliverEventsRequest { events: vec![event] }).await.unwrap().into_inner();
    reply.outcomes().next().unwrap()
}
