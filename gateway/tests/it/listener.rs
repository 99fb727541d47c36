//! Over real connections.

use crate::world::{ADA, LIMITS, World};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use patron_gateway::edge::Listener;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
};
use tokio_util::task::TaskTracker;

/// A world that listens.
async fn listen() -> (World, SocketAddr, JoinHandle<()>) {
    let world = World::new();
    let listener =
        Listener::bind("127.0.0.1:0".parse().expect("an address"), LIMITS).await.expect("a socket");
    let address = listener.address().expect("an address");
    let running = TaskTracker::new().spawn(listener.run(world.edge.clone(), world.stop.clone()));
    (world, address, running)
}

/// What is answered to this text until the connection closes.
async fn talk(address: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(text.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("text");
    answer
}

#[tokio::test]
async fn http_1_is_answered() {
    let (_world, address, _running) = listen().await;
    let request = format!("GET /v1/{ADA} HTTP/1.1\r\nhost: patron.test\r\nconnection: close\r\n\r\n");
    let answer = talk(address, &request).await;
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("\"firstName\":\"Ada\""),
        "{answer}"
    );
    let head = talk(address, &request.replace("GET", "HEAD")).await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
}

#[tokio::test]
async fn who_sends_somewhat_too_much_is_told_and_may_go_on() {
    let (_world, address, _running) = listen().await;
    let body = "x".repeat(1024 * 1024 + 1);
    let long = format!(
        "POST /v1/customers HTTP/1.1\r\nhost: patron.test\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let next = format!("GET /v1/{ADA} HTTP/1.1\r\nhost: patron.test\r\nconnection: close\r\n\r\n");
    let answers = talk(address, &(long + &next)).await;
    assert!(answers.starts_with("HTTP/1.1 400 ") && answers.contains("longer than 1 MiB"), "{answers}");
    assert!(answers.contains("HTTP/1.1 200 OK"), "{answers}");
}

#[tokio::test]
async fn http_2_without_tls_is_answered() {
    let (_world, address, _running) = listen().await;
    let stream = TokioIo::new(TcpStream::connect(address).await.expect("a connection"));
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.expect("HTTP/2");
    TaskTracker::new().spawn(connection);
    let request =
        Request::get(format!("http://patron.test/v1/{ADA}")).body(Empty::<Bytes>::new()).expect("a request");
    let response = sender.send_request(request).await.expect("a response");
    assert_eq!(response.status(), StatusCode::OK);
    assert!(!response.into_body().collect().await.expect("a body").to_bytes().is_empty());
}

#[tokio::test]
async fn headers_over_16_kib_are_refused() {
    let (_world, address, _running) = listen().await;
    let long = "x".repeat(17 * 1024);
    let answer = talk(address, &format!("GET / HTTP/1.1\r\nhost: patron.test\r\nlong: {long}\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn a_stop_lets_requests_under_way_end() {
    let (world, address, running) = listen().await;
    *world.profile.waits.lock().expect("a lock") = true;
    let request = format!("GET /v1/{ADA} HTTP/1.1\r\nhost: patron.test\r\n\r\n");
    let stop = async {
        while world.profile.get.count() == 0 {
            tokio::task::yield_now().await;
        }
        world.stop.cancel();
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        world.profile.go_on.notify_one();
    };
    let (answer, ()) = tokio::join!(talk(address, &request), stop);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    running.await.expect("an end");
}
