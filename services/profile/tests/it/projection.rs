//! What lists know of customers by the events of other services.

use crate::fixture::{Fixture, luis};
use patron_proto::{
    event::{
        internal::v1::{
            DeliverEventsRequest, deliver_events_response::Outcome,
            event_delivery_service_client::EventDeliveryServiceClient,
        },
        v1::{
            CustomerAccount, CustomerAddresses, CustomerMemberships, CustomerSignIn, Event, event::Snapshot,
        },
    },
    profile::v1::{Customer, GetCustomerRequest, ListCustomersRequest, customer::Status},
};
use prost_types::Timestamp;
use std::time::{Duration, Instant};

/// Customers published at once.
const CUSTOMERS: usize = 8;
/// Times that two services publish all of them at the same time.
const ROUNDS: i64 = 20;
const GROUP: &str = "groups/01890a5d-ac96-774b-bcce-b302099a8057";

#[tokio::test]
async fn what_two_services_publish_of_the_same_customers_in_opposite_order_is_applied_at_once() {
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
            let memberships = CustomerMemberships {
                groups: vec![GROUP.to_owned()],
                primary_group: GROUP.to_owned(),
                ..CustomerMemberships::default()
            };
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

#[tokio::test]
async fn what_is_known_already_is_not_written_again() {
    let fixture = Fixture::new().await;
    let name = fixture.create(luis()).await.unwrap().name;
    let place = CustomerAddresses { city: "Graz".into(), country_code: "AT".into(), ..Default::default() };
    let account = CustomerAccount { status: "DISABLED".into(), username: "luisg".into() };
    let groups =
        CustomerMemberships { groups: vec![GROUP.into()], primary_group: GROUP.into(), ..Default::default() };
    let signed_in = Timestamp { seconds: 1_790_000_000, nanos: 5_000 };
    let sign_in = CustomerSignIn { last_sign_in_time: Some(signed_in) };
    let mut written = Vec::new();
    for version in [1, 2] {
        publish(&fixture, vec![event("address", &name, version, Snapshot::Addresses(place.clone()))]).await;
        publish(&fixture, vec![event("group", &name, version, Snapshot::Memberships(groups.clone()))]).await;
        publish(&fixture, vec![event("identity", &name, version, Snapshot::Account(account.clone()))]).await;
        let aggregate = format!("{name}/sign_in");
        let signed_in = Event { aggregate, ..event("identity", &name, version, Snapshot::SignIn(sign_in)) };
        publish(&fixture, vec![signed_in]).await;
        let pool = sqlx::PgPool::connect(fixture.database.owner_url()).await.unwrap();
        let statement = "select c.xmin::text || ' ' || t.xmin::text
                         from profile.customer c join profile.customer_time t using (customer_id)";
        #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
        written.push(sqlx::query_scalar::<_, String>(statement).fetch_one(&pool).await.unwrap());
    }
    assert_eq!(written[0], written[1]);
    let request = GetCustomerRequest { name };
    let read = fixture.client().get_customer(fixture.staff(request)).await.unwrap().into_inner();
    assert_eq!((read.city.as_str(), read.username.as_str(), read.groups.len()), ("Graz", "luisg", 1));
    assert_eq!((read.status(), read.last_sign_in_time), (Status::Disabled, Some(signed_in)));
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
