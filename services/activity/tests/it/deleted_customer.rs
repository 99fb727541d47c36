//! Deleted customers, and how their history is found.

use crate::fixture::{Caller, REP, World, code};
use patron_chassis::peer::Peer;
use patron_proto::{
    activity::v1::{
        ActivityEvent, DeletedCustomer, GetDeletedCustomerRequest, ListActivityEventsRequest,
        ListDeletedCustomersRequest, ListDeletedCustomersResponse,
    },
    event::v1::{Event, FieldChange, customer_reference::State},
};
use patron_values::id::{CustomerId, StaffId};
use tonic::{Code, Response, Status};
use uuid::Uuid;

impl World {
    /// Deletes a customer of this number and name, as profile tells history.
    pub(crate) async fn delete(&self, customer: CustomerId, number: &str, first_name: &str) -> Event {
        let mut event = self.event(Peer::PROFILE, Some(customer), "customer.deleted");
        let old = [("number", number), ("first_name", first_name), ("last_name", "Gonçalves")];
        let change = |(field, old): (&str, &str)| FieldChange {
            field: field.into(),
            old: Some(old.to_owned().into()),
            ..FieldChange::default()
        };
        event.changes = old.into_iter().map(change).collect();
        self.publish(std::slice::from_ref(&event)).await;
        event
    }
}

impl Caller {
    /// What happened to a customer; nothing where nobody is known.
    pub(crate) async fn list_of(&self, customer: CustomerId) -> Vec<ActivityEvent> {
        let parent = customer.resource_name();
        let found = self.list(ListActivityEventsRequest { parent, ..Default::default() }).await;
        found.map(|page| page.events).unwrap_or_default()
    }

    pub(crate) async fn deleted(
        &self,
        message: ListDeletedCustomersRequest,
    ) -> Result<ListDeletedCustomersResponse, Status> {
        let request = self.request(message);
        self.deleted.clone().list_deleted_customers(request).await.map(Response::into_inner)
    }

    pub(crate) async fn get_deleted(&self, customer: CustomerId) -> Result<DeletedCustomer, Status> {
        let name = format!("deletedCustomers/{customer}");
        let request = self.request(GetDeletedCustomerRequest { name });
        self.deleted.clone().get_deleted_customer(request).await.map(Response::into_inner)
    }
}

async fn found(caller: &Caller, query: &str) -> Vec<String> {
    let message = ListDeletedCustomersRequest { query: query.to_owned(), ..Default::default() };
    let found = caller.deleted(message).await.unwrap().deleted_customers;
    found.into_iter().map(|customer| customer.number).collect()
}

/// A customer who was deleted after so many other events.
async fn deleted(world: &World, number: &str, first_name: &str, staff: &[StaffId]) -> CustomerId {
    let customer = world.add_customer(staff).await;
    world.happen(customer, "customer.created").await;
    world.delete(customer, number, first_name).await;
    world.refer(customer, State::Deleted, &[]).await;
    customer
}

#[tokio::test]
async fn a_deleted_customer_is_found_by_number_name_and_id_with_who_deleted_it_and_how_much_happened() {
    let world = World::new().await;
    let luis = deleted(&world, "100042", "Luís", &[]).await;
    deleted(&world, "100043", "Zoë", &[]).await;
    let administrator = world.administrator();
    assert_eq!(found(&administrator, "").await, ["100043", "100042"], "the last deleted first");
    for query in ["luis GONC", "0042", &luis.to_string(), "gonçalves luís"] {
        assert_eq!(found(&administrator, query).await, ["100042"], "{query}");
    }
    assert!(found(&administrator, "100%").await.is_empty());

    let shown = administrator.get_deleted(luis).await.unwrap();
    assert_eq!(
        (shown.customer.as_str(), shown.display_name.as_str()),
        (&*luis.resource_name(), "Luís Gonçalves")
    );
    assert_eq!((shown.event_count, shown.history_delete_time), (2, None));
    let deleted = &administrator.list_of(luis).await[0];
    assert_eq!(
        (shown.delete_time, shown.context.unwrap().actor),
        (deleted.event_time, deleted.context.clone().unwrap().actor)
    );
    world.end().await;
}

#[tokio::test]
async fn deleted_customers_come_in_pages_without_gap_or_repetition() {
    let world = World::new().await;
    let numbers: Vec<String> = (100_001..100_006).map(|number| number.to_string()).collect();
    for number in &numbers {
        deleted(&world, number, "Luís", &[]).await;
    }
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let message = ListDeletedCustomersRequest { page_size: 2, page_token, query: "luis".into() };
        let page = world.administrator().deleted(message).await.unwrap();
        seen.extend(page.deleted_customers.into_iter().map(|customer| customer.number));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    seen.reverse();
    assert_eq!(seen, numbers);
    world.end().await;
}

#[tokio::test]
async fn staff_find_the_deleted_customers_in_their_scope_and_customers_none() {
    let world = World::new().await;
    let mine = deleted(&world, "100042", "Luís", &[REP]).await;
    let other = deleted(&world, "100043", "Zoë", &[]).await;
    assert_eq!(found(&world.viewer(), "").await, ["100043", "100042"]);
    assert_eq!(found(&world.rep(REP), "").await, ["100042"]);
    assert!(world.rep(REP).get_deleted(mine).await.is_ok());
    assert_eq!(code(world.rep(REP).get_deleted(other).await), Code::NotFound);
    assert!(found(&world.rep(StaffId(Uuid::nil())), "").await.is_empty());
    let customer = world.add_customer(&[]).await;
    for caller in [world.customer(mine), world.customer(customer)] {
        assert!(found(&caller, "").await.is_empty());
        assert_eq!(code(caller.get_deleted(mine).await), Code::NotFound);
    }
    assert_eq!(code(world.viewer().get_deleted(customer).await), Code::NotFound, "it is there");
    world.end().await;
}
