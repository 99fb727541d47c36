//! The same RPCs by gRPC and gRPC-Web.

use crate::{
    fake::{PASSWORD, activity_event as event},
    listener::listen,
    world::{ADA, Answer, Ask, World, ask},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::StreamExt as _;
use http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use patron_chassis::status::Problem;
use patron_proto::{
    activity::v1::{
        ActivityEvent, WatchActivityEventsRequest, activity_service_client::ActivityServiceClient,
    },
    gateway::v1::{BrowserSession, CreateBrowserSessionRequest},
    identity::v1::UserKind,
    profile::v1::{
        Customer, GetCustomerRequest, UpdateCustomerRequest, customer_service_client::CustomerServiceClient,
    },
};
use prost::Message;
use tonic::{Code, Request, transport::Endpoint};
use tonic_types::StatusExt as _;

const GET: &str = "/patron.profile.v1.CustomerService/GetCustomer";
const UPDATE: &str = "/patron.profile.v1.CustomerService/UpdateCustomer";
const WATCH: &str = "/patron.activity.v1.ActivityService/WatchActivityEvents";
const SIGN_IN: &str = "/patron.gateway.v1.BrowserSessionService/CreateBrowserSession";

fn frame(message: &impl Message) -> Vec<u8> {
    let message = message.encode_to_vec();
    let length = u32::try_from(message.len()).expect("a short message").to_be_bytes();
    [&[0], &length[..], &message].concat()
}

fn web(path: &str, message: &impl Message) -> Ask {
    ask(Method::POST, path).body(frame(message)).header("content-type", "application/grpc-web+proto")
}

fn ada() -> GetCustomerRequest {
    GetCustomerRequest { name: ADA.to_owned() }
}

/// The frames of a body: their flags and what they hold.
fn frames(mut body: &[u8]) -> Vec<(u8, &[u8])> {
    let mut frames = Vec::new();
    while let Some((&[flags, ref length @ ..], rest)) = body.split_first_chunk::<5>() {
        let (content, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
        frames.push((flags, content));
        body = rest;
    }
    assert!(body.is_empty());
    frames
}

/// The messages of an answer, and the trailers at its end.
fn read<M: Message + Default>(answer: &Answer) -> (Vec<M>, String) {
    let mut frames = frames(&answer.body);
    let (flags, trailers) = frames.pop().expect("an end");
    assert_eq!(flags, 0x80, "{answer:?}");
    let messages = frames.into_iter().map(|(_, message)| M::decode(message).expect("a message")).collect();
    (messages, String::from_utf8(trailers.to_vec()).expect("text"))
}

#[tokio::test]
async fn a_grpc_client_calls_the_gateway_as_it_calls_a_service() {
    let (world, address, _running) = listen().await;
    let channel = Endpoint::from_shared(format!("http://{address}")).expect("an address").connect().await;
    let mut client = CustomerServiceClient::new(channel.expect("a connection"));
    let mut request = Request::new(ada());
    request.metadata_mut().insert("authorization", "Bearer mine".parse().expect("metadata"));
    let reply = client.get_customer(request).await.expect("a customer");
    assert_eq!(reply.into_inner().first_name, "Ada");
    assert_eq!(world.profile.get.metadata("authorization").as_deref(), Some("Bearer mine"));

    let refused = client.get_customer(ada()).await.expect_err("there is no token");
    assert_eq!(refused.code(), Code::Unauthenticated);
    let details = refused.get_error_details();
    assert_eq!(details.error_info().expect("a reason").reason, "CREDENTIALS_MISSING");
}

#[tokio::test]
async fn a_grpc_client_gets_a_stream_and_learns_how_it_ends() {
    let (world, address, _running) = listen().await;
    *world.activity.events.lock().expect("a lock") = vec![Ok(event(1)), Err(Problem::Unavailable.into())];
    let channel = Endpoint::from_shared(format!("http://{address}")).expect("an address").connect().await;
    let mut client = ActivityServiceClient::new(channel.expect("a connection"));
    let mut request = Request::new(WatchActivityEventsRequest::default());
    request.metadata_mut().insert("authorization", "Bearer mine".parse().expect("metadata"));
    let mut events = client.watch_activity_events(request).await.expect("a stream").into_inner();
    assert_eq!(events.next().await.expect("one").expect("an event").name, "events/1");
    let ended = events.next().await.expect("an end").expect_err("it failed");
    assert_eq!(ended.code(), Code::Unavailable);
    assert_eq!(ended.get_error_details().error_info().expect("a reason").reason, "UNAVAILABLE");
}

#[tokio::test]
async fn a_browser_gets_its_message_and_the_status_in_one_body() {
    let world = World::new();
    let answer = world.send(web(GET, &ada())).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), Some("application/grpc-web+proto"));
    let (customers, trailers) = read::<Customer>(&answer);
    assert_eq!((customers[0].first_name.as_str(), trailers.as_str()), ("Ada", "grpc-status: 0\r\n"));

    let text = STANDARD.encode(frame(&ada()));
    let text = ask(Method::POST, GET).body(text).header("content-type", "application/grpc-web-text");
    let answer = world.send(text).await;
    let decoded = answer.body.chunks(4).flat_map(|group| STANDARD.decode(group).expect("base64"));
    let decoded = decoded.collect::<Vec<_>>();
    assert_eq!(Customer::decode(frames(&decoded)[0].1).expect("a customer").first_name, "Ada");
}

#[tokio::test]
async fn a_browser_gets_a_stream_and_is_told_when_the_gateway_stops() {
    let world = World::new();
    *world.activity.events.lock().expect("a lock") = vec![Ok(event(1)), Ok(event(2))];
    let response = world.open(web(WATCH, &WatchActivityEventsRequest::default())).await;
    let mut body = response.into_body();
    for number in 1..=2 {
        let part = body.frame().await.expect("more").expect("a frame").into_data().expect("data");
        let [(0, message)] = frames(&part)[..] else { panic!("one message, not {part:?}") };
        assert_eq!(ActivityEvent::decode(message).expect("an event").name, format!("events/{number}"));
    }
    world.stop.cancel();
    let end = body.collect().await.expect("an end").to_bytes();
    let [(0x80, trailers)] = frames(&end)[..] else { panic!("the end, not {end:?}") };
    assert!(trailers.starts_with(b"grpc-status: 14\r\n"), "{end:?}");
}

#[tokio::test]
async fn a_refusal_says_why_in_its_headers() {
    let world = World::new();
    world.profile.get.fail(Problem::not_found("customer", ADA));
    let answer = world.send(web(GET, &ada())).await;
    assert_eq!((answer.status, answer.header("grpc-status")), (StatusCode::OK, Some("5")), "{answer:?}");
    assert!(answer.header("grpc-status-details-bin").is_some() && answer.body.is_empty());
    for (request, code) in [
        (web(GET, &ada()).header("x-anonymous", "yes"), "16"),
        (web(GET, &ada()).header("authorization", "Bearer forged"), "16"),
        (web(GET, &ada()).body("nonsense"), "3"),
        (web(GET, &ada()).header("grpc-timeout", "soon"), "3"),
        (
            web(UPDATE, &UpdateCustomerRequest::default())
                .header("cookie", "patron=x")
                .header("sec-fetch-site", "cross-site"),
            "7",
        ),
        (web(GET, &ada()).body(vec![0; 1024 * 1024 + 1]), "3"),
    ] {
        let answer = world.send(request).await;
        assert_eq!((answer.status, answer.header("grpc-status")), (StatusCode::OK, Some(code)), "{answer:?}");
    }
}

#[tokio::test]
async fn what_is_not_framed_as_grpc_is_told_how() {
    let world = World::new();
    for (kind, taken) in
        [("application/json", "application/grpc"), ("application/grpc", "application/grpc-web")]
    {
        let request = ask(Method::POST, GET).body(frame(&ada())).header("content-type", kind);
        let answer = world.send(request).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "over HTTP/1.1");
        assert_eq!(answer.header("accept"), Some(taken));
    }
    let inside = "/patron.profile.internal.v1.CustomerReferenceService/BatchGetCustomerReferences";
    for path in [inside, "/patron.profile.v1.CustomerService/Nothing", "/patron.profile.v1.CustomerService"] {
        let answer = world.send(web(path, &ada())).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}, which clients read as UNIMPLEMENTED");
    }
}

#[tokio::test]
async fn a_browser_signs_in_and_writes_as_it_does_in_json() {
    let world = World::with(&[("PATRON_BROWSER_PLAIN_COOKIES", "true")]);
    let sign_in = CreateBrowserSessionRequest {
        identifier: "grace".to_owned(),
        password: PASSWORD.to_owned(),
        user_kind: UserKind::Staff.into(),
    };
    let answer = world.send(web(SIGN_IN, &sign_in).header("sec-fetch-site", "same-origin")).await;
    assert!(answer.header("set-cookie").expect("a cookie").starts_with("patron=secret-1;"));
    let (sessions, _) = read::<BrowserSession>(&answer);
    let update = UpdateCustomerRequest {
        customer: Some(Customer {
            name: ADA.to_owned(),
            first_name: "Augusta".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let write =
        || web(UPDATE, &update).header("cookie", "patron=secret-1").header("sec-fetch-site", "same-origin");
    let refused = world.send(write()).await;
    assert_eq!(refused.header("grpc-status"), Some("7"), "the token against other sites is missing");
    let answer = world.send(write().header("x-csrf-token", &sessions[0].csrf_token)).await;
    let (customers, _) = read::<Customer>(&answer);
    assert_eq!(customers.len(), 1, "{answer:?}");
    assert_eq!(world.profile.update.metadata("authorization").as_deref(), Some("Bearer token-1"));
}

#[tokio::test]
async fn a_page_of_a_storefront_may_ask_and_read_the_status() {
    let world = World::with(&[("PATRON_BROWSER_STOREFRONT_ORIGINS", "https://shop.example")]);
    let preflight = ask(Method::OPTIONS, GET)
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "POST");
    let answer = world.send(preflight).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://shop.example"));
    assert!(answer.header("access-control-allow-headers").expect("headers").contains("x-grpc-web"));
    let answer = world.send(web(GET, &ada()).header("origin", "https://shop.example")).await;
    assert!(answer.header("access-control-expose-headers").expect("headers").contains("grpc-status"));
}
