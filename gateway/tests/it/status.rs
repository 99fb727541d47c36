//! What HTTP has a status of its own for.

use crate::world::{ADA, Ask, World, ask, post};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::StreamBody;
use hyper::body::Frame;
use std::{convert::Infallible, net::Ipv4Addr};

#[tokio::test]
async fn a_body_must_be_json() {
    let world = World::new();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "application/json; charset=latin1",
    ] {
        let request = post("/v1/customers", "{}").without("content-type").header("content-type", kind);
        assert_eq!(world.send(request).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
    }
    let none = world.send(post("/v1/customers", "{}").without("content-type")).await;
    assert_eq!((none.status.as_u16(), none.header("accept")), (415, Some("application/json")));
    let request = post("/v1/customers", r#"{"customer": {}}"#).without("content-type");
    let request = request.header("content-type", "application/JSON; charset=UTF-8");
    assert_eq!(world.send(request).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_compressed_body_is_415_with_the_coding_that_is_taken() {
    let world = World::new();
    let create = || post("/v1/customers", r#"{"customer": {}}"#);
    for request in [
        create().header("content-encoding", "gzip"),
        create().header("content-encoding", "identity, br"),
        create().header("content-encoding", "identity").header("content-encoding", "zstd"),
    ] {
        let answer = world.send(request).await;
        assert_eq!((answer.status.as_u16(), answer.header("accept-encoding")), (415, Some("identity")));
        assert_eq!(answer.json()["reason"], "INVALID_FIELD");
    }
    let plain = world.send(create().header("content-encoding", "Identity")).await;
    assert_eq!((plain.status, world.profile.create.count()), (StatusCode::CREATED, 1));
}

#[tokio::test]
async fn what_is_too_long_has_the_status_of_what_is_too_long() {
    let world = World::new();
    let long = format!(r#"{{"customer": {{"firstName": "{}"}}}}"#, "x".repeat(1024 * 1024));
    let get = |query: usize, header: usize| {
        let path = format!("/v1/customers?query={}", "x".repeat(query));
        ask(Method::GET, &path).header("x-long", "x".repeat(header))
    };
    for (request, status) in [
        (post("/v1/customers", long), 413),
        (get(16 * 1024, 1), 414),
        (get(1, 16 * 1024), 431),
        // what is not too long for the edge is judged by the service
        (get(15 * 1024, 15 * 1024), 400),
    ] {
        let answer = world.send(request).await;
        assert_eq!(answer.status.as_u16(), status, "{answer:?}");
        assert_eq!(answer.json()["reason"], "INVALID_FIELD");
    }
}

#[tokio::test]
async fn who_accepts_no_form_of_the_answer_is_refused_before_anything_is_done() {
    let world = World::new();
    let accepting = |request: Ask, accept: &str| request.header("accept", accept);
    for refused in [
        accepting(post("/v1/customers", r#"{"customer": {}}"#), "text/html"),
        accepting(ask(Method::GET, "/v1/customers"), "application/json;q=0"),
        accepting(ask(Method::GET, "/v1/events:watch"), "text/html"),
    ] {
        let answer = world.send(refused).await;
        assert_eq!(answer.status, StatusCode::NOT_ACCEPTABLE);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
    assert_eq!(world.profile.create.count() + world.profile.list.count() + world.activity.watch.count(), 0);
    for accept in ["*/*", "text/html, */*;q=0.1", "application/*", "application/json"] {
        let answer = world.send(accepting(ask(Method::GET, "/v1/customers"), accept)).await;
        assert_eq!(answer.status, StatusCode::OK, "{accept}");
    }
    let deletion = accepting(ask(Method::DELETE, &format!("/v1/{ADA}")), "text/html");
    assert_eq!(world.send(deletion).await.status, StatusCode::NO_CONTENT, "it has no form");
}

#[tokio::test]
async fn other_methods_of_a_path_are_405_with_those_there_are() {
    let world = World::new();
    let answer = world.send(ask(Method::PUT, &format!("/v1/{ADA}"))).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), Some("GET, HEAD, PATCH, DELETE, OPTIONS"));
    let options = world.send(ask(Method::OPTIONS, &format!("/v1/{ADA}"))).await;
    assert_eq!((options.status, options.header("allow")), (StatusCode::NO_CONTENT, answer.header("allow")));
    for (method, status) in [(Method::POST, 405), (Method::OPTIONS, 204)] {
        let page = world.send(ask(method, "/docs")).await;
        assert_eq!((page.status.as_u16(), page.header("allow")), (status, Some("GET, HEAD, OPTIONS")));
    }
}

#[tokio::test]
async fn unknown_paths_and_internal_rpcs_are_404() {
    let world = World::new();
    let internal = "/patron.profile.internal.v1.CustomerReferenceService/BatchGetCustomerReferences";
    for path in [
        "/v2/customers",
        "/v1/customers/",
        "/v1/customers/a:b",
        "/patron.profile.v1.CustomerService/GetCustomer",
        internal,
    ] {
        let answer = world.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_given_up() {
    let world = World::new();
    let never = StreamBody::new(futures::stream::pending::<Result<Frame<Bytes>, Infallible>>());
    let request = Request::post("/v1/customers").header("host", "patron.test");
    let request = request.header("content-type", "application/json").header("authorization", "Bearer mine");
    let response =
        world.edge.answer(request.body(never).expect("a request"), Ipv4Addr::LOCALHOST.into()).await;
    assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
}
