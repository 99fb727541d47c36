//! How events get from the outbox to a consumer.

use crate::fixture::{World, change, event, until_none};
use patron_chassis::{clock::Clock, ids::Ids, peer::Peer, status::Problem};
use patron_ledger::{
    outbox::{MOST_BYTES, NewEvent, Outbox},
    queue::{LeaseLimits, Queue, dead_letter::Which},
};
use patron_proto::event::{
    internal::v1::{DeliverEventsRequest, deliver_events_response::Outcome},
    v1::{ChangeContext, Event},
};
use prost::Message as _;
use std::{collections::HashMap, time::Instant};
use tonic::Status;

const UNDELIVERED: &str = "select count(*) from queue where dead_at is null";

fn aggregates(requests: &[DeliverEventsRequest]) -> HashMap<&str, Vec<i64>> {
    let mut versions: HashMap<&str, Vec<i64>> = HashMap::new();
    for event in requests.iter().flat_map(|request| &request.events) {
        versions.entry(&event.aggregate).or_default().push(event.version);
    }
    versions
}

#[tokio::test]
async fn a_backlog_of_maximal_events_goes_in_calls_of_less_than_1_mib() {
    let world = World::new(|_| Ok(Outcome::Applied)).await;
    let large = |number| NewEvent {
        changes: vec![change(MOST_BYTES - 300)],
        ..event(&format!("things/{number}"), 1)
    };
    world.publish((0..40).map(large).collect()).await;
    world.relay();
    let requests = world.received(40).await;
    assert!(requests.iter().all(|request| request.encoded_len() < 1 << 20));
    until_none(&world.database, "select count(*) from queue").await;
    world.end().await;
}

#[tokio::test]
async fn an_event_that_is_too_large_is_an_error_of_the_change() {
    let world = World::new(|_| Ok(Outcome::Applied)).await;
    let outbox = Outbox::new(Peer::GROUP, Ids::new(Clock::System));
    let large = NewEvent { changes: vec![change(MOST_BYTES)], ..event("things/1", 1) };
    let mut transaction = world.database.begin().await.unwrap();
    let refused =
        outbox.publish(&mut transaction, &ChangeContext::default(), Clock::System.now(), vec![large]).await;
    assert!(matches!(refused, Err(Problem::State { rule: "CHANGE_TOO_LARGE", .. })), "{refused:?}");
    drop(transaction);
    world.end().await;
}

#[tokio::test]
async fn what_cannot_be_delivered_holds_up_only_its_own_aggregate_and_is_a_dead_letter() {
    let world = World::new(|_| Ok(Outcome::Applied)).await;
    world.insert("things/1", 1, b"no event").await;
    let foreign =
        Event { source: "profile".into(), aggregate: "things/2".into(), version: 1, ..Event::default() };
    world.insert("things/2", 1, &foreign.encode_to_vec()).await;
    world.publish(vec![event("things/1", 2), event("things/2", 2), event("things/3", 1)]).await;
    world.relay();
    let requests = world.received(3).await;
    let passed: Vec<_> =
        requests[0].passed_over.iter().map(|it| (it.aggregate.as_str(), it.versions.clone())).collect();
    assert_eq!(passed, [("things/1", vec![1]), ("things/2", vec![1])], "nobody waits for them");
    until_none(&world.database, UNDELIVERED).await;
    let dead = Queue::new(world.database.clone()).dead_letters(Which::All, 0, 100).await.unwrap();
    let errors: Vec<_> =
        dead.iter().map(|letter| (letter.key.as_deref().unwrap(), letter.error.as_str())).collect();
    assert_eq!(errors, [("things/1", "undecodable"), ("things/2", "foreign source")]);
    world.end().await;
}

#[tokio::test]
async fn an_event_for_which_calls_are_refused_holds_up_only_its_own_aggregate() {
    let judge = |event: &Event| match event.aggregate.as_str() {
        "things/13" => Err(Status::invalid_argument("no")),
        _ => Ok(Outcome::Applied),
    };
    let world = World::new(judge).await;
    world.publish((0..40).map(|number| event(&format!("things/{number}"), 1)).collect()).await;
    world.publish(vec![event("things/13", 2)]).await;
    world.relay();
    let requests = world.received(39).await;
    assert!(!aggregates(&requests).contains_key("things/13"));
    until_none(&world.database, "select count(*) from queue where key <> 'things/13'").await;
    until_none(&world.database, "select count(*) from queue where version = 1 and attempts = 0").await;
    until_none(&world.database, "select count(*) from queue where version = 2 and attempts > 0").await;
    world.end().await;
}

#[tokio::test]
async fn an_event_from_before_a_restore_is_a_dead_letter_at_once() {
    let world = World::new(|_| Ok(Outcome::Conflict)).await;
    world.publish(vec![event("things/1", 1)]).await;
    world.relay();
    until_none(&world.database, UNDELIVERED).await;
    let dead = Queue::new(world.database.clone()).dead_letters(Which::All, 0, 100).await.unwrap();
    assert_eq!(dead[0].error, "another event of this version came before");
    world.end().await;
}

#[tokio::test]
async fn relays_of_several_replicas_keep_the_order_of_each_aggregate() {
    let world = World::new(|_| Ok(Outcome::Applied)).await;
    (0..3).for_each(|_| world.relay());
    for version in 1..=40 {
        world.publish((0..20).map(|number| event(&format!("things/{number}"), version)).collect()).await;
    }
    let requests = world.received(800).await;
    let in_order: Vec<i64> = (1..=40).collect();
    let arrived = aggregates(&requests);
    assert_eq!(arrived.len(), 20);
    assert!(arrived.values().all(|versions| *versions == in_order), "{arrived:?}");
    world.end().await;
}

#[tokio::test]
async fn what_a_dead_replica_had_leased_is_sent_by_another_after_its_lease() {
    let world = World::new(|_| Ok(Outcome::Applied)).await;
    world.publish(vec![event("things/1", 1)]).await;
    let queue = Queue::new(world.database.clone());
    let limits = LeaseLimits { jobs: 10, bytes: i64::MAX, whole_keys: true };
    assert_eq!(queue.lease("activity", limits).await.unwrap().jobs.len(), 1);
    assert!(queue.lease("activity", limits).await.unwrap().jobs.is_empty(), "nobody else has it meanwhile");
    sqlx::query("update queue set leased_until = now() - interval '1 second'")
        .execute(&world.database)
        .await
        .unwrap();
    world.relay();
    world.received(1).await;
    world.end().await;
}

/// Says on standard error how fast it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_of_20000_events_is_delivered_in_order_by_two_relays() {
    const EVENTS: usize = 20_000;
    let world = World::new(|_| Ok(Outcome::Applied)).await;
    for version in 1..=10 {
        world
            .publish((0..EVENTS / 10).map(|number| event(&format!("things/{number}"), version)).collect())
            .await;
    }
    let began = Instant::now();
    (0..2).for_each(|_| world.relay());
    let requests = world.received(EVENTS).await;
    let took = began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let rate = EVENTS as f64 / took;
    eprintln!("{EVENTS} events in {took:.2} s and {} calls: {rate:.0} a second", requests.len());
    let in_order: Vec<i64> = (1..=10).collect();
    assert!(aggregates(&requests).values().all(|versions| *versions == in_order));
    world.end().await;
}
