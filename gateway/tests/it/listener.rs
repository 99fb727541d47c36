//! Over real connections.

use crate::world::{ADA, LIMITS, World};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use patron_gateway::edge::{Limits, Listener};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
};
use tokio_util::task::TaskTracker;

/// A world that listens.
pub(crate) async fn listen() -> (World, SocketAddr, JoinHandle<()>) {
    listen_within(LIMITS, &[]).await
}

async fn listen_within(limits: Limits, variables: &[(&str, &str)]) -> (World, SocketAddr, JoinHandle<()>) {
    let world = World::with(variables);
    let listener =
        Listener::bind("127.0.0.1:0".parse().expect("an address"), limits).await.expect("a socket");
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
    let request = format!(
        "GET /v1/{ADA} HTTP/1.1\r\nhost: patron.test\r\nauthorization: Bearer mine\r\nconnection: close\r\n\r\n"
    );
    let answer = talk(address, &request).await;
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("\"firstName\":\"Ada\""),
        "{answer}"
    );
    let head = talk(address, &request.replace("GET", "HEAD")).await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
}

#[tokio::test]
async fn who_sends_somewhat_too_much_is_answered_and_may_go_on() {
    let (_world, address, _running) = listen().await;
    let body = "x".repeat(1024 * 1024 + 1);
    let long = format!(
        "POST /v1/customers HTTP/1.1\r\nhost: patron.test\r\nauthorization: Bearer mine\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let next = format!(
        "GET /v1/{ADA} HTTP/1.1\r\nhost: patron.test\r\nauthorization: Bearer mine\r\nconnection: close\r\n\r\n"
    );
    let answers = talk(address, &(long + &next)).await;
    assert!(answers.starts_with("HTTP/1.1 413 ") && answers.contains("longer than 1024 KiB"), "{answers}");
    assert!(answers.contains("HTTP/1.1 200 OK"), "{answers}");
}

#[tokio::test]
async fn http_2_without_tls_is_answered() {
    let (_world, address, _running) = listen().await;
    let stream = TokioIo::new(TcpStream::connect(address).await.expect("a connection"));
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.expect("HTTP/2");
    TaskTracker::new().spawn(connection);
    let request = Request::get(format!("http://patron.test/v1/{ADA}")).header("authorization", "Bearer mine");
    let request = request.body(Empty::<Bytes>::new()).expect("a request");
    let response = sender.send_request(request).await.expect("a response");
    assert_eq!(response.status(), StatusCode::OK);
    assert!(!response.into_body().collect().await.expect("a body").to_bytes().is_empty());
}

/// A connection of HTTP/2.
async fn http_2(address: SocketAddr) -> SendRequest<Full<Bytes>> {
    let stream = TokioIo::new(TcpStream::connect(address).await.expect("a connection"));
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.expect("HTTP/2");
    TaskTracker::new().spawn(connection);
    sender
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_the_security_headers_too() {
    let (_world, address, _running) = listen().await;
    let long = "x".repeat(17 * 1024);
    let host = "host: patron.test\r\n";
    for (request, status) in [
        (format!("GET / HTTP/1.1\r\n{host}long: {long}\r\nconnection: close\r\n\r\n"), "431"),
        (format!("GET / HTTP/1.1\r\n{host}long: {long}{long}\r\n\r\n"), "431"),
        (format!("GET /?{long} HTTP/1.1\r\n{host}connection: close\r\n\r\n"), "414"),
        (format!("GET / HTTP/1.1\r\n{host}no colon\r\n\r\n"), "400"),
        (format!("GET / HTTP/7.1\r\n{host}\r\n"), "400"),
        ("GET / HTTP/1.1\r\nconnection: close\r\n\r\n".to_owned(), "400"),
        (format!("GET / HTTP/1.1\r\n{host}{host}connection: close\r\n\r\n"), "400"),
    ] {
        let answer = talk(address, &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        for header in
            ["x-content-type-options: nosniff\r\n", "permissions-policy: ", "cache-control: no-store\r\n"]
        {
            assert_eq!(answer.matches(header).count(), 1, "{header} in {answer}");
        }
    }
    let request = Request::get("http://patron.test/").header("long", long).body(Full::default());
    let answer = http_2(address).await.send_request(request.expect("a request")).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn headers_that_the_library_refuses_harm_no_other_request_of_the_connection() {
    let (_world, address, _running) = listen().await;
    let mut connection = http_2(address).await;
    for (length, status) in [(70 * 1024, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE), (1, StatusCode::OK)] {
        let request = Request::get("http://patron.test/").header("long", "x".repeat(length));
        let answer = connection.send_request(request.body(Full::default()).expect("a request")).await;
        assert_eq!(answer.expect("an answer").status(), status);
    }
}

#[tokio::test]
async fn refused_bodies_harm_nobody_on_the_same_connection() {
    let (world, address, _running) = listen().await;
    let mut connection = http_2(address).await;
    let mut post = |token: Option<&str>, body: Bytes| {
        let request =
            Request::post("http://patron.test/v1/customers").header("content-type", "application/json");
        let request =
            token.into_iter().fold(request, |request, token| request.header("authorization", token));
        connection.send_request(request.body(Full::new(body)).expect("a request"))
    };
    for _ in 0..15 {
        let refused: Vec<_> = (0..20).map(|_| post(None, vec![b' '; 200 * 1024].into())).collect();
        let written = post(Some("Bearer mine"), r#"{"customer": {}}"#.into());
        for refused in refused {
            assert_eq!(refused.await.expect("an answer").status(), StatusCode::UNAUTHORIZED);
        }
        assert_eq!(written.await.expect("an answer").status(), StatusCode::CREATED);
    }
    assert_eq!(world.profile.create.count(), 15, "what is refused reaches no service");
}

#[tokio::test]
async fn one_address_has_a_share_of_the_connections_and_a_proxy_as_many_as_it_needs() {
    let limits = Limits { connections: 16, ..LIMITS };
    let request =
        format!("GET /v1/{ADA} HTTP/1.1\r\nhost: patron.test\r\nauthorization: Bearer mine\r\n\r\n");
    let proxies = [("PATRON_BROWSER_TRUSTED_PROXIES", "127.0.0.1")];
    for (variables, answered) in [(&[][..], 2), (&proxies[..], 4)] {
        let (_world, address, _running) = listen_within(limits, variables).await;
        let mut open = Vec::new();
        for number in 0..4 {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            let sent = stream.write_all(request.as_bytes()).await;
            let read = stream.read(&mut [0; 16]).await;
            assert_eq!(sent.is_ok() && matches!(read, Ok(1..)), number < answered, "{number}");
            open.push(stream);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_asks_for_nothing_ends_after_10_seconds() {
    let (_world, address, _running) = listen().await;
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for begun in ["", "PRI * HT", preface, "GET / HTTP/1.1\r\nhost:"] {
        let began = tokio::time::Instant::now();
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(begun.as_bytes()).await.expect("sent");
        // what an HTTP/2 server says first, and then the end
        let _ = stream.read_to_end(&mut Vec::new()).await;
        assert!(began.elapsed() < Duration::from_secs(11), "{begun:?} {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_stop_lets_requests_under_way_end() {
    let (world, address, running) = listen().await;
    *world.profile.waits.lock().expect("a lock") = true;
    let request =
        format!("GET /v1/{ADA} HTTP/1.1\r\nhost: patron.test\r\nauthorization: Bearer mine\r\n\r\n");
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
