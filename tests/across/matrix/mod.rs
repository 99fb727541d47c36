//! Who may call what: every RPC that is served, called by everybody, compared with the tables `policy.txt` and `roles.txt`.

mod callers;
mod roles;
mod table;

use self::{
    callers::{Callers, PEERS},
    table::{Decision, Row, Table},
};
use futures::future::join_all;
use http::Method;
use patron_local::service::SERVICES;
use patron_proto::event::{internal::v1::DeliverEventsRequest, v1::Event};
use patron_tests::{World, contract, contract::Rpc, wire};
use prost::Message as _;
use reqwest::RequestBuilder;
use std::collections::BTreeSet;
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

/// Reflection, which does not list itself.
const REFLECTION: [&str; 2] =
    ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];
/// Package of what the gateway itself answers, over HTTP alone.
const GATEWAY: &str = "patron.gateway.v1";

#[tokio::test]
async fn services_and_gateway_let_through_whom_the_table_names() {
    let world = World::shared().await;
    let callers = Callers::gather(world).await;
    let mut table = Table::default();
    for service in SERVICES {
        for name in served(world, service.name).await.iter().map(String::as_str).chain(REFLECTION) {
            let mut rows = Vec::new();
            for rpc in contract::rpcs_of(name) {
                rows.push(Row::new(rpc.descriptor.name(), direct(world, &callers, service.name, &rpc).await));
            }
            table.add(name, service.name, rows);
        }
    }
    // The browsers' sessions come last, since they end with their last RPC.
    for name in contract::services().into_iter().rev().filter(|name| name.starts_with(GATEWAY)) {
        let mut rows = Vec::new();
        for rpc in contract::rpcs_of(&name) {
            rows.push(Row::new(rpc.descriptor.name(), in_browsers(&callers, &rpc).await.remove(0)));
        }
        table.add(&name, "gateway", rows);
    }
    table::compare("policy.txt", &table.to_string());
}

#[tokio::test]
async fn the_gateway_lets_through_whom_the_services_do() {
    let world = World::shared().await;
    let callers = Callers::gather(world).await;
    let (table, mut wrong) = (table::stored("policy.txt"), Vec::new());
    for rpc in
        contract::rpcs().into_iter().filter(|rpc| !rpc.http.is_empty() && !rpc.name().starts_with(GATEWAY))
    {
        let expected = table::people_of(&table, &rpc.name());
        for (how, ways) in
            [("token", with_tokens(&callers, &rpc).await), ("cookie", in_browsers(&callers, &rpc).await)]
        {
            for (decisions, (method, path)) in ways.iter().zip(&rpc.http) {
                let found = table::symbols(decisions);
                if found != expected {
                    wrong.push(format!("{method} {path} by {how}: {found} instead of {expected}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn every_service_of_the_contract_is_served() {
    let world = World::shared().await;
    let mut found: BTreeSet<String> = BTreeSet::new();
    for service in SERVICES {
        found.extend(served(world, service.name).await);
    }
    let missing =
        contract::services().into_iter().filter(|name| !name.starts_with(GATEWAY) && !found.contains(name));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<String>::new());
}

/// The gRPC services that a process says it serves.
async fn served(world: &World, process: &str) -> Vec<String> {
    let administrator = world.signed_in(patron_tests::Role::Administrator).await;
    let list = ServerReflectionRequest {
        message_request: Some(MessageRequest::ListServices(String::new())),
        ..Default::default()
    };
    let mut client = ServerReflectionClient::new(administrator.grpc(process).await);
    let mut answers = client.server_reflection_info(tokio_stream::once(list)).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().and_then(|answer| answer.message_response);
    let Some(MessageResponse::ListServicesResponse(list)) = answer else { panic!("no list but {answer:?}") };
    let mut names: Vec<String> = list.service.into_iter().map(|service| service.name).collect();
    names.sort();
    names
}

/// Everybody calls the service itself with an empty message: whether they may is decided before anything is read.
async fn direct(world: &World, callers: &Callers<'_>, process: &str, rpc: &Rpc) -> Vec<Decision> {
    let path = rpc.path();
    let call = async |channel, token: Option<&str>, message: Vec<u8>| {
        let answer = if rpc.descriptor.is_server_streaming() && !rpc.descriptor.is_client_streaming() {
            wire::open(channel, token, &path, message).await.map(drop)
        } else {
            wire::call(channel, token, &path, message).await.map(drop)
        };
        Decision::of_call(&path, answer)
    };
    let channel = world.channel(process).await;
    let people = callers.people().iter().map(|person| call(channel.clone(), person.token(), Vec::new()));
    let peers =
        callers.certificates().iter().zip(PEERS.into_iter().chain(["nobody"])).map(|(certificate, name)| {
            let message = if rpc.descriptor.name() == "DeliverEvents" { event_of(name) } else { Vec::new() };
            call(world.channel_with(process, certificate), None, message)
        });
    let (mut decisions, peers) = futures::join!(join_all(people), join_all(peers));
    decisions.extend(peers);
    decisions
}

/// A delivery that is never applied: whose events a service takes is decided on what they say of their source.
fn event_of(source: &str) -> Vec<u8> {
    let event = Event {
        source: source.to_owned(),
        aggregate: "tests/nothing".to_owned(),
        version: i64::MAX,
        ..Event::default()
    };
    DeliverEventsRequest { events: vec![event], ..DeliverEventsRequest::default() }.encode_to_vec()
}

/// People call through the gateway with a token, by each way in which the RPC is reached, for resources that do not exist.
async fn with_tokens(callers: &Callers<'_>, rpc: &Rpc) -> Vec<Vec<Decision>> {
    over_http(rpc, callers.people(), patron_tests::Caller::request).await
}

/// The same by cookie.
async fn in_browsers(callers: &Callers<'_>, rpc: &Rpc) -> Vec<Vec<Decision>> {
    over_http(rpc, callers.browsers(), callers::Browser::request).await
}

async fn over_http<C>(
    rpc: &Rpc,
    callers: &[C],
    request: impl Fn(&C, Method, &str) -> RequestBuilder,
) -> Vec<Vec<Decision>> {
    let mut ways = Vec::new();
    for (method, path) in rpc.http_of_nothing() {
        let mut decisions = Vec::new();
        for caller in callers {
            let mut request = request(caller, method.clone(), &path);
            if !rpc.body.is_empty() {
                request = request.json(&serde_json::json!({}));
            }
            // Whether it goes through shows before the body, which a stream may never end.
            let answer = request.send().await.unwrap();
            decisions.push(Decision::of_answer(&path, answer.status()));
        }
        ways.push(decisions);
    }
    ways
}
