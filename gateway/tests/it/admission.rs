//! Who is let in when there is too much of something.

use crate::{
    fake::activity_event as event,
    listener::listen,
    world::{ADA, Answer, World, ask, patch},
};
use futures::{StreamExt as _, stream::FuturesUnordered};
use http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use patron_chassis::{peer::Peer, testing::TestMesh};
use patron_gateway::upstream::Upstream;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::Instant,
};

/// Places of each upstream: 5 for reads, of which a caller holds 2, and 10 for streams, of which it holds 1.
const PLACES: usize = 10;

async fn get(world: &World, path: &str, token: &str) -> Answer {
    world.send(ask(Method::GET, path).header("authorization", format!("Bearer {token}"))).await
}

/// What `then` gives, while these callers wait for a service that hangs.
async fn beside<T>(world: &World, callers: &[String], then: impl Future<Output = T>) -> T {
    *world.profile.waits.lock().expect("a lock") = true;
    let path = format!("/v1/{ADA}");
    let mut hanging: FuturesUnordered<_> = callers.iter().map(|caller| get(world, &path, caller)).collect();
    let settle = async {
        while world.profile.get.count() == 0 {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        then.await
    };
    let all = async {
        while hanging.next().await.is_some() {}
        std::future::pending::<T>().await
    };
    tokio::select! {
        value = settle => value,
        value = all => value,
    }
}

fn callers(number: usize) -> Vec<String> {
    (0..number).map(|number| format!("caller-{number}")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_service_that_hangs_takes_no_place_of_another_and_reads_none_of_writes() {
    let world = World::of(&[], PLACES);
    let path = format!("/v1/{ADA}");
    beside(
        &world,
        &callers(30),
        Box::pin(async {
            let refused = get(&world, &path, "another").await;
            assert_eq!(
                (refused.status, refused.header("retry-after")),
                (StatusCode::TOO_MANY_REQUESTS, Some("1"))
            );
            let other = get(&world, &format!("{path}/addresses"), "another").await;
            assert_eq!(other.status, StatusCode::OK, "{other:?}");
            assert_eq!(world.send(patch(&path, "{}")).await.status, StatusCode::OK);
        }),
    )
    .await;
    assert_eq!(world.profile.get.count(), 5);
}

#[tokio::test(start_paused = true)]
async fn one_caller_cannot_take_the_places_of_another() {
    let world = World::of(&[], PLACES);
    let greedy = vec!["greedy".to_owned(); 30];
    let list = "/v1/customers";
    beside(
        &world,
        &greedy,
        Box::pin(async {
            assert_eq!(get(&world, list, "greedy").await.status, StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(get(&world, list, "modest").await.status, StatusCode::OK);
        }),
    )
    .await;
    assert_eq!(world.profile.get.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn who_cannot_be_proved_has_a_tenth() {
    let world = World::of(&[], PLACES);
    beside(
        &world,
        &vec!["unknown".to_owned(); 30],
        Box::pin(async {
            assert_eq!(get(&world, "/v1/customers", "known").await.status, StatusCode::OK);
        }),
    )
    .await;
    assert_eq!(world.profile.get.count(), 1);
}

#[tokio::test]
async fn without_a_valid_token_no_service_is_asked() {
    let world = World::new();
    let path = format!("/v1/{ADA}");
    let none = world.send(ask(Method::GET, &path).header("x-anonymous", "yes")).await;
    let forged = get(&world, &path, "forged").await;
    let other = world.send(ask(Method::GET, &path).header("authorization", "Basic Zm9vOmJhcg==")).await;
    for (answer, reason) in
        [(none, "CREDENTIALS_MISSING"), (forged, "CREDENTIALS_INVALID"), (other, "CREDENTIALS_INVALID")]
    {
        assert_eq!((answer.status, &answer.json()["reason"]), (StatusCode::UNAUTHORIZED, &reason.into()));
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
    assert_eq!(world.profile.get.count(), 0);
}

#[tokio::test]
async fn unfinished_bodies_keep_nobody_from_being_answered() {
    let (_world, address, _running) = listen().await;
    let post = "POST /v1/customers HTTP/1.1\r\nhost: patron.test\r\ncontent-type: application/json\r\n\
                content-length: 100\r\n";
    let mut unfinished = Vec::new();
    for number in 0..300 {
        let token = if number % 2 == 0 { "authorization: Bearer slow\r\n" } else { "" };
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(format!("{post}{token}\r\n{{").as_bytes()).await.expect("sent");
        unfinished.push(stream);
    }
    let began = Instant::now();
    let own = "authorization: Bearer slow\r\nconnection: close\r\n";
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let whole = post.replace("100", "16") + own + "\r\n{\"customer\": {}}";
    stream.write_all(whole.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("text");
    assert!(answer.starts_with("HTTP/1.1 201 Created"), "{answer}");
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_service_that_is_known_to_be_away_is_not_waited_for() {
    let mesh = TestMesh::new();
    let profile = mesh.serve(Peer::PROFILE, mesh.settings(Peer::PROFILE), |_| Ok(())).await;
    let process = mesh.begin(Peer::GATEWAY, mesh.settings(Peer::GATEWAY)).await;
    profile.stop().await;
    let channel = process.channel(Peer::PROFILE);
    let world = World::over(&[], PLACES, |fakes| fakes.with(Peer::PROFILE, Upstream::Peer(channel.clone())));
    while !channel.is_away() {
        assert_eq!(world.get("/v1/customers").await.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    let began = Instant::now();
    let answer = world.get("/v1/customers").await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, Some("1")));
    assert!(began.elapsed() < Duration::from_millis(50), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_caller_has_a_share_of_the_streams_and_gives_back_what_it_leaves() {
    let world = World::of(&[], PLACES);
    let watch = |token| world.open(ask(Method::GET, "/v1/events:watch").header("authorization", token));
    let first = watch("Bearer one").await;
    assert_eq!(first.status(), StatusCode::OK);
    assert_eq!(watch("Bearer one").await.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(watch("Bearer two").await.status(), StatusCode::OK);
    drop(first);
    while watch("Bearer one").await.status() != StatusCode::OK {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_takes_nothing_is_cut_and_holds_no_place() {
    let world = World::of(&[], PLACES);
    *world.activity.events.lock().expect("a lock") = (1..=9).map(|number| Ok(event(number))).collect();
    let watch = || world.open(ask(Method::GET, "/v1/events:watch"));
    let stuck = watch().await;
    tokio::time::sleep(Duration::from_secs(29)).await;
    assert_eq!(watch().await.status(), StatusCode::TOO_MANY_REQUESTS, "it may go on yet");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(watch().await.status(), StatusCode::OK);
    assert!(stuck.into_body().collect().await.is_err(), "what is not whole breaks off");
}

#[tokio::test(start_paused = true)]
async fn answers_that_nobody_reads_take_a_share_of_memory_until_they_are_cut() {
    let world = World::new();
    let page = 1024 * 1024;
    *world.profile.page.lock().expect("a lock") = page;
    let list = |token| world.open(ask(Method::GET, "/v1/customers").header("authorization", token));
    let mut unread = Vec::new();
    for _ in 0..7 {
        let response = list("Bearer one").await;
        assert_eq!(response.status(), StatusCode::OK);
        unread.push(response);
    }
    assert_eq!(list("Bearer one").await.status(), StatusCode::TOO_MANY_REQUESTS);
    let whole = Answer::of(list("Bearer two").await).await;
    assert_eq!(whole.json()["nextPageToken"].as_str().map(str::len), Some(page));
    assert_eq!(whole.header("content-length"), Some(whole.body.len().to_string().as_str()));

    tokio::time::sleep(Duration::from_secs(31)).await;
    assert_eq!(list("Bearer one").await.status(), StatusCode::OK);
    for response in unread {
        assert!(response.into_body().collect().await.is_err(), "what is not whole breaks off");
    }
}
