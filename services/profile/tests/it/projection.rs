//! What lists know of customers by the events of other services.

use crate::fixture::{Fixture, luis};
use patron_proto::{
    event::{
        internal::v1::{
            DeliverEventsRequest, deliver_events_response::Outcome,
            event_delivery_service_client::EventDeliveryServiceClient,
        },
        v1::{CustomerAddresses, CustomerMemberships, Event, event::Snapshot},
    },
    profile::v1::{Customer, ListCustomersRequest},
};
use std::time::{Duration, Instant};

/// Customers published at once.
const CUSTOMERS: usize = 8;
/// Times that two services publish all of them at the same time.
const ROUNDS: i64 = 20;
const GROUP: &str = "groups/01890a5d-ac96-774b-bcce-b302099a8057";

#[tokio::test]
async fn what_two_services_tell_of_the_same_customers_in_opposite_order_is_applied_at_once() {
    let fixture = Fixture::new().await;
    let mut names = Vec::new();
    for number in 0..CUSTOMERS {
        let customer = Customer { email: format!("customer{number}@example.com"), ..luis() };
        names.push(fixture.create(customer).await.unwrap().name);
    }
    let reversed: Vec<String> = names.iter().rev().cloned().collect();
    let begun = Instant::now();
    for version in 1..=ROUNDS {
        let places = names.iter().map(|name| {
            let place = CustomerAddresses {
                city: format!("City {version}"),
                country_code: "DE".to_owned(),
                ..CustomerAddresses::default()
            };
            event("address", name, version, Snapshot::Addresses(place))
        });
        let groups = reversed.iter().map(|name| {
            let memberships =
                CustomerMemberships { groups: vec![GROUP.to_owned()], primary_group: GROUP.to_owned() };
            event("group", name, version, Snapshot::Memberships(memberships))
        });
        tokio::join!(publish(&fixture, places.collect()), publish(&fixture, groups.collect()));
    }
    // Postgres notices after a second that two transactions wait for each other.
    assert!(
        begun.elapsed() < Duration::from_secs(u64::try_from(ROUNDS).unwrap()),
        "they waited for each other"
    );

    let filter = format!("city = \"City {ROUNDS}\" AND country_code = \"DE\" AND groups:\"{GROUP}\"");
    let request = ListCustomersRequest { filter, ..Default::default() };
    let listed = fixture.client().list_customers(fixture.staff(request)).await.unwrap().into_inner();
    assert_eq!(listed.customers.len(), CUSTOMERS);
    assert!(listed.customers.iter().all(|customer| customer.primary_group == GROUP));
}

fn event(source: &str, customer: &str, version: i64, snapshot: Snapshot) -> Event {
    Event {
        source: source.to_owned(),
        aggregate: format!("{customer}/{source}"),
        version,
        customer: customer.to_owned(),
        snapshot: Some(snapshot),
        ..Event::default()
    }
}

/// Delivers events of one service, all of which take effect.
async fn publish(fixture: &Fixture, events: Vec<Event>) {
    let channel = fixture.mesh.client_as(&events[0].source, &fixture.profile);
    let reply = EventDeliveryServiceClient::new(channel)
        .deliver_events(DeliverEventsRequest { events, ..DeliverEventsRequest::default() })
        .await;
    assert!(reply.unwrap().into_inner().outcomes().all(|outcome| outcome == Outcome::Applied));
}
