//! Customers who are deleted together with their history.

use crate::fixture::{ADMINISTRATOR, World, name_of, reference};
use patron_chassis::peer::Peer;
use patron_proto::{
    activity::v1::{ActivityEvent, ListActivityEventsRequest, ListDeletedCustomersRequest},
    event::v1::{CustomerReference, customer_reference::State},
};
use patron_values::id::CustomerId;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use std::time::Duration;

/// Longest wait for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

impl World {
    /// Has profile publish that a customer was deleted together with the history.
    pub(crate) async fn delete_with_history(&self, customer: CustomerId) {
        let gone = |version| CustomerReference {
            delete_history: true,
            ..reference(customer, State::Deleted, version, &[])
        };
        self.publish(&[self.reference(customer, gone)]).await;
    }
}

/// The receipt of a history, once it is all that is left.
async fn receipt(world: &World, customer: CustomerId) -> ActivityEvent {
    let only = async {
        loop {
            let mut events = world.administrator().list_of(customer).await;
            if events.len() == 1 && events[0].r#type == "history.deleted" {
                return events.remove(0);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, only).await.expect("the history goes")
}

#[tokio::test]
async fn of_a_history_that_is_deleted_a_receipt_is_left_which_names_nobody_but_who_asked() {
    let world = World::new().await;
    let (customer, other) = (world.add_customer(&[]).await, world.add_customer(&[]).await);
    let kept = world.happen(other, "customer.updated").await;
    for _ in 0..520 {
        world.happen(customer, "customer.updated").await;
    }
    world.delete(customer, "100042", "Luís").await;
    world.delete_with_history(customer).await;

    let receipt = receipt(&world, customer).await;
    assert_eq!(receipt.source, "activity");
    assert_eq!(receipt.context.unwrap().actor, ADMINISTRATOR.resource_name());
    let changes: Vec<_> =
        receipt.changes.iter().map(|it| (it.field.as_str(), it.old.clone(), it.new.clone())).collect();
    assert_eq!(changes, [("event_count", Some(patron_values::diff::to_proto(json!(521))), None)]);
    assert_eq!(world.administrator().names(Some(other)).await.unwrap(), [kept], "others keep theirs");

    let shown = world.administrator().get_deleted(customer).await.unwrap();
    assert_eq!((shown.number.as_str(), shown.display_name.as_str()), ("100042", ""));
    assert_eq!((shown.event_count, shown.history_delete_time), (521, receipt.event_time));
    for (query, count) in [("luis", 0), ("100042", 1)] {
        let message = ListDeletedCustomersRequest { query: query.into(), ..Default::default() };
        let found = world.administrator().deleted(message).await.unwrap();
        assert_eq!(found.deleted_customers.len(), count, "{query}");
    }
    let mut owner = PgConnection::connect(world.database.owner_url()).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    let left: i64 = sqlx::query_scalar(
        "select (select count(*) from activity.activity_event e where e::text like '%Lu%s%' and customer_id = $1)
             + (select count(*) from activity.deleted_customer d where d::text ilike '%lu%s%')",
    )
    .bind(customer)
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(left, 0, "nowhere is a name left");
    drop(owner);
    world.end().await;
}

#[tokio::test]
async fn what_arrives_after_the_deletion_is_not_kept_and_repeats_leave_one_receipt() {
    let world = World::new().await;
    let customer = world.add_customer(&[]).await;
    world.happen(customer, "customer.created").await;
    world.delete_with_history(customer).await;
    let first = receipt(&world, customer).await;
    world.happen(customer, "customer.updated").await;
    world.publish(&[world.event(Peer::ADDRESS, Some(customer), "address.deleted")]).await;
    world.delete(customer, "100042", "Luís").await;
    world.delete_with_history(customer).await;
    assert_eq!(receipt(&world, customer).await, first);
    let shown = world.administrator().get_deleted(customer).await.unwrap();
    assert_eq!((shown.number.as_str(), shown.display_name.as_str(), shown.event_count), ("100042", "", 1));
    world.end().await;
}

#[tokio::test]
async fn what_was_being_kept_when_the_history_went_goes_too() {
    let world = World::new().await;
    let customer = world.add_customer(&[]).await;
    let mut owner = PgConnection::connect(world.database.owner_url()).await.unwrap();
    let slow = format!(
        r#"insert into activity.activity_event (event_id, source, type, customer_id, resource, event_time, changes)
           values ('{0}', 'address', 'address.created', '{0}', 'customers/x', now(), '[{{"field": "city", "new": "Graz"}}]')"#,
        customer.0,
    );
    owner.execute("begin").await.unwrap();
    owner.execute(AssertSqlSafe(slow)).await.unwrap();
    world.delete_with_history(customer).await;
    let early = tokio::time::timeout(Duration::from_millis(300), receipt(&world, customer)).await;
    assert!(early.is_err(), "the deletion found nothing so far, and waits");
    owner.execute("commit").await.unwrap();
    let receipt = receipt(&world, customer).await;
    assert_eq!(receipt.changes[0].old, Some(patron_values::diff::to_proto(json!(1))));
    drop(owner);
    world.end().await;
}

#[tokio::test]
async fn a_write_that_is_open_elsewhere_on_the_server_delays_no_deletion() {
    let (world, other) = (World::new().await, World::new().await);
    let customer = world.add_customer(&[]).await;
    world.happen(customer, "customer.updated").await;
    let mut open = Vec::new();
    for owner in [&world, &other] {
        let mut connection = PgConnection::connect(owner.database.owner_url()).await.unwrap();
        connection.execute("begin; create temporary table elsewhere (it integer)").await.unwrap();
        connection.execute("insert into elsewhere values (1)").await.unwrap();
        open.push(connection);
    }
    let mut keeper = PgConnection::connect(other.database.owner_url()).await.unwrap();
    keeper.execute("begin; delete from activity.activity_event where false").await.unwrap();
    world.delete_with_history(customer).await;
    receipt(&world, customer).await;
    drop((open, keeper));
    world.end().await;
    other.end().await;
}

#[tokio::test]
async fn a_deletion_whose_process_died_half_way_is_ended_by_another_and_counts_each_event_once() {
    let world = World::new().await;
    let customer = world.add_customer(&[]).await;
    for _ in 0..5 {
        world.happen(customer, "customer.updated").await;
    }
    world.refer(customer, State::Deleted, &[]).await;
    let died = format!(
        "insert into activity.history_deletion (customer_id) values ('{0}');
         select activity.delete_history('{0}', 2);
         insert into activity.queue (kind, key, payload, lease, leased_until)
         values ('history_deletion', '{0}', '', gen_random_uuid(), now() - interval '1 second')",
        customer.0
    );
    world.database.pool().execute(AssertSqlSafe(died)).await.unwrap();
    let receipt = receipt(&world, customer).await;
    assert_eq!(receipt.changes[0].old, Some(patron_values::diff::to_proto(json!(5))));
    world.end().await;
}

#[tokio::test]
async fn a_stream_goes_on_after_an_event_that_was_deleted() {
    let world = World::new().await;
    let (customer, other) = (world.add_customer(&[]).await, world.add_customer(&[]).await);
    let seen = world.happen(customer, "customer.updated").await;
    let mut before = world.administrator().watch(None, "").await.unwrap();
    let next = world.happen(other, "customer.updated").await;
    world.delete_with_history(customer).await;
    receipt(&world, customer).await;
    let last = world.event(Peer::PROFILE, Some(other), "customer.updated");
    world.publish(std::slice::from_ref(&last)).await;

    let mut after = world.administrator().watch(None, &seen).await.unwrap();
    for stream in [&mut before, &mut after] {
        let mut names = Vec::new();
        while names.len() < 3 {
            let event = tokio::time::timeout(PATIENCE, stream.message()).await.unwrap().unwrap().unwrap();
            if event.name != seen {
                names.push(if event.r#type == "history.deleted" { event.r#type } else { event.name });
            }
        }
        assert_eq!(names, [next.clone(), "history.deleted".into(), name_of(&last)]);
    }
    drop((before, after));
    world.end().await;
}

#[tokio::test]
async fn the_service_itself_can_delete_no_other_history() {
    let world = World::new().await;
    let customer = world.add_customer(&[]).await;
    let name = world.happen(customer, "customer.updated").await;
    let database = world.database.database();
    let pool = database.pool();
    for attempt in [
        format!("delete from activity.activity_event where customer_id = '{}'", customer.0),
        format!("select activity.delete_history('{}', 10)", customer.0),
        // A customer who is there.
        format!(
            "insert into activity.history_deletion (customer_id) values ('{0}');
             select activity.delete_history('{0}', 10)",
            customer.0
        ),
        "update activity.history_deletion set event_count = 0".to_owned(),
        "delete from activity.history_deletion".to_owned(),
    ] {
        let refused = pool.execute(AssertSqlSafe(attempt.clone())).await.expect_err(&attempt);
        let state = refused.as_database_error().and_then(sqlx::error::DatabaseError::code);
        assert_eq!(state.as_deref(), Some("42501"), "{attempt}: {refused}");
    }
    assert_eq!(world.administrator().names(Some(customer)).await.unwrap(), [name]);
    world.end().await;
}

#[tokio::test]
async fn a_list_says_how_many_events_there_are_where_that_is_asked_for() {
    let world = World::new().await;
    let customer = world.add_customer(&[]).await;
    for _ in 0..3 {
        world.happen(customer, "customer.updated").await;
    }
    let message = ListActivityEventsRequest {
        parent: customer.resource_name(),
        page_size: 1,
        count_total_size: true,
        ..Default::default()
    };
    assert_eq!(world.viewer().list(message.clone()).await.unwrap().total_size, 3);
    assert_eq!(
        world
            .viewer()
            .list(ListActivityEventsRequest { count_total_size: false, ..message })
            .await
            .unwrap()
            .total_size,
        0
    );
    world.end().await;
}
