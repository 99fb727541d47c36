//! Streams of what happens.

use crate::fixture::{ADMINISTRATOR, Caller, REP, World, code, name_of};
use patron_activity::ActivityService;
use patron_chassis::{peer::Peer, permission::Permission, token::Claims};
use patron_proto::{
    activity::v1::ActivityEvent,
    event::v1::{Event, customer_reference::State},
    identity::internal::v1::Revocation,
};
use patron_values::id::{CustomerId, SessionId};
use std::time::Duration;
use tonic::{Code, Status, Streaming};
use uuid::Uuid;

/// Longest wait for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

async fn next(stream: &mut Streaming<ActivityEvent>) -> Result<String, Status> {
    let event = tokio::time::timeout(PATIENCE, stream.message()).await.expect("it comes in time")?;
    Ok(event.expect("a stream ends with a reason").name)
}

async fn take(stream: &mut Streaming<ActivityEvent>, count: usize) -> Vec<String> {
    let mut taken = Vec::new();
    while taken.len() < count {
        taken.push(next(stream).await.unwrap());
    }
    taken
}

fn updates(world: &World, customer: CustomerId, count: usize) -> Vec<Event> {
    (0..count).map(|_| world.event(Peer::PROFILE, Some(customer), "customer.updated")).collect()
}

#[tokio::test]
async fn a_stream_shows_what_happens_from_now_on_in_its_scope() {
    let world = World::new().await;
    let (mine, other) = (world.add_customer(&[REP]).await, world.add_customer(&[]).await);
    let before = world.happen(mine, "customer.created").await;
    let mut streams = [
        (world.administrator().watch(None, "").await.unwrap(), vec![0, 1, 2, 3]),
        (world.viewer().watch(None, "").await.unwrap(), vec![0, 1, 3]),
        (world.rep(REP).watch(None, "").await.unwrap(), vec![1, 3]),
        (world.administrator().watch(Some(other), "").await.unwrap(), vec![0]),
        (world.customer(mine).watch(None, "").await.unwrap(), vec![1, 3]),
    ];
    let events = [
        world.event(Peer::PROFILE, Some(other), "customer.updated"),
        world.event(Peer::PROFILE, Some(mine), "customer.updated"),
        world.event(Peer::GROUP, None, "group.created"),
        world.event(Peer::ADDRESS, Some(mine), "address.created"),
    ];
    for event in &events {
        world.publish(std::slice::from_ref(event)).await;
    }
    for (number, (stream, expected)) in streams.iter_mut().enumerate() {
        for index in expected.iter() {
            let mut shown = next(stream).await.unwrap();
            if shown == before {
                // What happened just before a stream began can come too.
                shown = next(stream).await.unwrap();
            }
            assert_eq!(shown, name_of(&events[*index]), "stream {number}");
        }
    }
    assert_eq!(code(world.rep(REP).watch(Some(other), "").await), Code::NotFound);
    world.refer(mine, State::Deleted, &[]).await;
    let last = world.happen(mine, "customer.deleted").await;
    assert_eq!(next(&mut streams[2].0).await.unwrap(), last);
    assert_eq!(code(world.customer(mine).watch(None, "").await), Code::NotFound);
    world.end().await;
}

#[tokio::test]
async fn a_stream_goes_on_after_the_event_seen_last() {
    let world = World::new().await;
    let (customer, other) = (world.add_customer(&[]).await, world.add_customer(&[]).await);
    let events = updates(&world, customer, 250);
    let (kept, coming) = events.split_at(249);
    world.publish(kept).await;
    world.happen(other, "customer.updated").await;
    let administrator = world.administrator();
    let mut of_customer = administrator.watch(Some(customer), &name_of(&events[9])).await.unwrap();
    let mut of_all = administrator.watch(None, &name_of(&events[247])).await.unwrap();
    world.publish(coming).await;
    let expected: Vec<_> = events[10..].iter().map(name_of).collect();
    assert_eq!(take(&mut of_customer, 240).await, expected);
    assert_eq!(take(&mut of_all, 3).await[0], name_of(&events[248]));
    assert_eq!(code(world.rep(REP).watch(None, &name_of(&events[9])).await), Code::NotFound);
    assert_eq!(
        code(administrator.watch(None, "events/01890a5d-ac96-774b-bcce-b302099a8057").await),
        Code::NotFound
    );
    world.end().await;
}

#[tokio::test]
async fn what_is_committed_late_comes_late_and_is_not_passed_over() {
    let world = World::new().await;
    let customer = world.add_customer(&[]).await;
    let mut stream = world.administrator().watch(None, "").await.unwrap();
    let (late, early) = (Uuid::from_u128(1), world.event(Peer::PROFILE, Some(customer), "customer.updated"));
    let mut transaction = world.database.pool().begin().await.unwrap();
    sqlx::query!(
        "with kept as (
             insert into activity.activity_event (event_id, source, type, customer_id, resource, event_time, changes)
             values ($1, 'address', 'address.created', $2, 'customers/x', now(), '[]') returning event_id)
         insert into activity.arrival (event_id) select event_id from kept",
        late,
        customer.0,
    )
    .execute(&mut *transaction)
    .await
    .unwrap();
    world.publish(std::slice::from_ref(&early)).await;
    assert_eq!(next(&mut stream).await.unwrap(), name_of(&early));
    transaction.commit().await.unwrap();
    let late = format!("events/{late}");
    assert_eq!(next(&mut stream).await.unwrap(), late);
    let mut again = world.administrator().watch(Some(customer), &name_of(&early)).await.unwrap();
    assert_eq!(next(&mut again).await.unwrap(), late);
    world.end().await;
}

#[tokio::test]
async fn a_transaction_that_is_open_elsewhere_holds_no_stream_back() {
    let (world, other) = (World::new().await, World::new().await);
    let customer = world.add_customer(&[]).await;
    let mut stream = world.administrator().watch(None, "").await.unwrap();
    let (mut here, mut there) =
        (world.database.pool().begin().await.unwrap(), other.database.pool().begin().await.unwrap());
    for transaction in [&mut here, &mut there] {
        sqlx::query!("insert into activity.inbox (source, aggregate, version) values ('x', 'y', 1)")
            .execute(&mut **transaction)
            .await
            .unwrap();
    }
    let event = world.happen(customer, "customer.updated").await;
    assert_eq!(next(&mut stream).await.unwrap(), event);
    for transaction in [here, there] {
        transaction.rollback().await.unwrap();
    }
    other.end().await;
    world.end().await;
}

#[tokio::test]
async fn two_processes_give_each_position_once_and_show_the_same_order() {
    let world = World::new().await;
    let second = world.mesh.service::<ActivityService>(&world.database, ()).await;
    let customer = world.add_customer(&[]).await;
    let events = updates(&world, customer, 300);
    let first = world.administrator();
    let elsewhere = world.administrator_at(&second);
    let (one, two) = (first.watch(None, "").await.unwrap(), elsewhere.watch(None, "").await.unwrap());
    for batch in events.chunks(30) {
        world.publish(batch).await;
    }
    let expected: Vec<_> = events.iter().map(name_of).collect();
    for (caller, stream) in [(&first, one), (&elsewhere, two)] {
        assert_eq!(read_all(caller, stream, events.len()).await.0, expected);
    }
    second.stop().await;
    world.end().await;
}

#[tokio::test]
async fn one_caller_cannot_take_the_streams_of_others() {
    let world = World::new().await;
    let (greedy, other) = (world.add_customer(&[]).await, world.add_customer(&[]).await);
    let mut streams = Vec::new();
    let refused = loop {
        match world.customer(greedy).watch(None, "").await {
            Ok(stream) => streams.push(stream),
            Err(refused) => break refused,
        }
    };
    // On a machine under load a stream may have ended before the last began.
    assert!(streams.len() >= 20, "{}", streams.len());
    assert_eq!(refused.code(), Code::ResourceExhausted);
    world.customer(other).watch(None, "").await.unwrap();
    world.administrator().watch(None, "").await.unwrap();
    streams.pop();
    let again = async { while world.customer(greedy).watch(None, "").await.is_err() {} };
    tokio::time::timeout(PATIENCE, again).await.expect("a permit is free when its stream has ended");
    world.end().await;
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let world = World::new().await;
    let mut stream = world.administrator().watch(None, "").await.unwrap();
    world.mesh.clock().advance(Duration::from_mins(6));
    assert_eq!(code(next(&mut stream).await), Code::Unauthenticated);
    world.end().await;
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let world = World::new().await;
    let session = SessionId(Uuid::from_u128(7));
    let claims = world.mesh.tokens().staff(ADMINISTRATOR, &[Permission::ActivityRead]);
    let caller = world.caller(&Claims { sid: Some(session), ..claims });
    let mut stream = caller.watch(None, "").await.unwrap();
    let revocation = Revocation { session: session.resource_name(), ..Revocation::default() };
    world.mesh.tokens().revoke(revocation);
    assert_eq!(code(next(&mut stream).await), Code::Unauthenticated);
    world.end().await;
}

#[tokio::test]
async fn a_stream_ends_when_the_service_stops() {
    let world = World::new().await;
    let mut stream = world.administrator().watch(None, "").await.unwrap();
    let (ended, ()) = tokio::join!(next(&mut stream), world.service.stop());
    assert_eq!(code(ended), Code::Unavailable);
    world.database.drop_database().await;
}

#[tokio::test]
async fn who_reads_too_slowly_is_ended_and_misses_nothing_by_going_on() {
    let world = World::new().await;
    let customer = world.add_customer(&[]).await;
    let administrator = world.administrator();
    let (mut slow, mut quick) =
        (administrator.watch(None, "").await.unwrap(), administrator.watch(None, "").await.unwrap());
    let mut events = updates(&world, customer, 8_000);
    for event in &mut events {
        // More than all buffers on the way hold.
        event.changes[0].new = Some("x".repeat(1_000).into());
    }
    let (first, rest) = events.split_first().unwrap();
    // Who has shown an event has read what was kept before, and follows what comes.
    world.publish(std::slice::from_ref(first)).await;
    for stream in [&mut slow, &mut quick] {
        assert_eq!(next(stream).await.unwrap(), name_of(first));
    }
    let tell = async {
        for batch in rest.chunks(500) {
            world.publish(batch).await;
        }
    };
    // What one stream has shown was sent to all, however long other transactions held it back.
    tokio::join!(tell, read_all(&administrator, quick, rest.len()));
    let (seen, ended) = read_all(&administrator, slow, rest.len()).await;
    assert!(ended > 0, "it was never too slow");
    assert_eq!(seen, rest.iter().map(name_of).collect::<Vec<_>>());
    world.end().await;
}

/// Reads as many events, going on after the last one where the stream ends for slowness; and how often it did.
async fn read_all(
    caller: &Caller,
    mut stream: Streaming<ActivityEvent>,
    count: usize,
) -> (Vec<String>, usize) {
    let (mut seen, mut ended) = (Vec::new(), 0);
    while seen.len() < count {
        match next(&mut stream).await {
            Ok(name) => seen.push(name),
            Err(status) => {
                assert_eq!(status.code(), Code::Unavailable);
                ended += 1;
                let last = seen.last().map(String::as_str).unwrap_or_default();
                stream = caller.watch(None, last).await.unwrap();
            }
        }
    }
    (seen, ended)
}
