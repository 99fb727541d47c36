//! Streams of replies.

use crate::{
    fake::{Activity, activity_event as event},
    world::{ADA, World, ask},
};
use axum::body::Body;
use http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use patron_chassis::{peer::Peer, permission::Permission, status::Problem, testing::TestMesh};
use patron_gateway::upstream::Upstream;
use patron_proto::activity::v1::activity_service_server::ActivityServiceServer;
use patron_values::id::StaffId;
use serde_json::Value;
use std::sync::Arc;
use tokio::time::Instant;
use uuid::Uuid;

/// The next piece of a body, as text.
async fn next(body: &mut Body) -> String {
    let frame = body.frame().await.expect("more").expect("a frame");
    String::from_utf8(frame.into_data().expect("data").to_vec()).expect("text")
}

#[tokio::test]
async fn messages_come_as_lines_while_the_stream_is_open() {
    let world = World::new();
    *world.activity.events.lock().expect("a lock") = vec![Ok(event(1)), Ok(event(2))];
    let response = world.open(ask(Method::GET, &format!("/v1/{ADA}/events:watch"))).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    let mut body = response.into_body();
    for number in 1..=2 {
        let line = next(&mut body).await;
        assert!(line.ends_with("}\n"));
        let message: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(message["name"], format!("events/{number}"));
    }
    assert_eq!(world.activity.watch.latest().parent, ADA);
}

#[tokio::test]
async fn browsers_get_events_with_ids_and_go_on_after_the_last() {
    let world = World::new();
    *world.activity.events.lock().expect("a lock") = vec![Ok(event(1))];
    let last = "events/0190f0e0-0000-7000-8000-000000000009";
    let request = ask(Method::GET, "/v1/events:watch")
        .header("accept", "text/event-stream")
        .header("last-event-id", last);
    let response = world.open(request).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let text = next(&mut response.into_body()).await;
    assert!(
        text.starts_with("id: events/1\ndata: {\"name\":\"events/1\",") && text.ends_with("}\n\n"),
        "{text}"
    );
    assert_eq!(world.activity.watch.latest().after, last);
}

#[tokio::test]
async fn a_stream_that_fails_says_so_at_its_end() {
    let world = World::new();
    let fails = || vec![Ok(event(1)), Err(Problem::Unavailable.into())];
    *world.activity.events.lock().expect("a lock") = fails();
    let lines = world.get("/v1/events:watch").await;
    let last: Value = serde_json::from_str(lines.text().lines().last().expect("a line")).expect("JSON");
    assert_eq!(last["problem"]["reason"], "UNAVAILABLE");
    let trace = lines.header("traceparent").expect("a trace").split('-').nth(1);
    assert_eq!(last["problem"]["traceId"].as_str(), trace);

    *world.activity.events.lock().expect("a lock") = fails();
    let events = world.send(ask(Method::GET, "/v1/events:watch").header("accept", "text/event-stream")).await;
    assert!(events.text().contains("event: problem\ndata: {\"type\":\"urn:patron:problem:UNAVAILABLE\""));
}

#[tokio::test]
async fn a_stream_that_cannot_begin_is_a_problem() {
    let world = World::new();
    world.activity.watch.fail(Problem::CredentialsMissing);
    let answer = world.get("/v1/events:watch").await;
    assert_eq!(
        (answer.status, &answer.json()["reason"]),
        (StatusCode::UNAUTHORIZED, &"CREDENTIALS_MISSING".into())
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_shows_every_15_seconds_that_it_is_there() {
    let world = World::new();
    for (accept, sign) in [("text/event-stream", ": \n\n"), ("application/x-ndjson", "\n")] {
        let response = world.open(ask(Method::GET, "/v1/events:watch").header("accept", accept)).await;
        let (began, mut body) = (Instant::now(), response.into_body());
        for number in 1..=3 {
            assert_eq!(next(&mut body).await, sign);
            assert_eq!(began.elapsed().as_secs(), 15 * number);
        }
    }
}

#[tokio::test]
async fn a_stream_that_does_not_begin_within_5_seconds_is_late_and_holds_no_place() {
    let mesh = TestMesh::new();
    let silent = Arc::new(Activity { hangs: true, ..Activity::default() });
    let added = ActivityServiceServer::from_arc(silent);
    let _activity =
        mesh.serve(Peer::ACTIVITY, mesh.settings(Peer::ACTIVITY), |server| server.add_service(added)).await;
    let process = mesh.begin(Peer::GATEWAY, mesh.settings(Peer::GATEWAY)).await;
    let channel = Upstream::Peer(process.channel(Peer::ACTIVITY));
    let world = World::over(&[], 10, |fakes| fakes.with(Peer::ACTIVITY, channel));
    let claims = mesh.tokens().staff(StaffId(Uuid::from_u128(1)), &[Permission::ActivityRead]);
    let token = format!("Bearer {}", mesh.tokens().sign(&claims));
    // a caller has one place for streams here
    for _ in 0..2 {
        let began = Instant::now();
        let answer = world.send(ask(Method::GET, "/v1/events:watch").header("authorization", &token)).await;
        assert_eq!(answer.status, StatusCode::GATEWAY_TIMEOUT, "{answer:?}");
        assert!((4..9).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn streams_end_when_the_gateway_stops() {
    let world = World::new();
    let response = world.open(ask(Method::GET, "/v1/events:watch")).await;
    world.stop.cancel();
    assert!(response.into_body().collect().await.expect("an end").to_bytes().is_empty());
}
