//! What goes along with the calls that a handler makes.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use patron_chassis::{
    client::Channel,
    context::Context,
    peer::Peer,
    principal::Principal,
    testing::{TestMesh, TestProcess, with_token},
};
use patron_proto::group::v1::{
    ListGroupsRequest, ListGroupsResponse, group_service_client::GroupServiceClient,
};
use tonic::{Code, Response, Status};

use crate::fixture::{Groups, read, refusal, token};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// What the service called saw.
type Seen = Arc<Mutex<Vec<(Principal, Context)>>>;

async fn callee(mesh: &TestMesh) -> (TestProcess, Seen) {
    let seen = Seen::default();
    let all = seen.clone();
    let groups = Groups::reading(move |request| {
        let seen = (Principal::of(&request).clone(), Context::current().expect("a handler has a context"));
        all.lock().expect("no handler panics").push(seen);
        async { Ok(ListGroupsResponse::default()) }
    });
    (groups.start(mesh).await, seen)
}

/// A service whose handler calls groups.
async fn caller<F>(mesh: &TestMesh, channel: fn(Channel) -> F) -> TestProcess
where
    F: Future<Output = Result<ListGroupsResponse, Status>> + Send + 'static,
{
    let settings = mesh.settings(Peer::ADDRESS);
    let process = mesh.begin(Peer::ADDRESS, mesh.settings(Peer::ADDRESS)).await;
    let groups = Groups::reading(move |_| channel(process.channel(Peer::GROUP)));
    mesh.serve(Peer::ADDRESS, settings, groups.added()).await
}

async fn forward(channel: Channel) -> Result<ListGroupsResponse, Status> {
    GroupServiceClient::new(channel).list_groups(ListGroupsRequest::default()).await.map(Response::into_inner)
}

async fn forward_as_service(channel: Channel) -> Result<ListGroupsResponse, Status> {
    forward(channel.as_service()).await
}

#[tokio::test]
async fn a_handlers_call_takes_caller_trace_and_deadline_along() {
    let mesh = TestMesh::new();
    let (_groups, seen) = callee(&mesh).await;
    let address = caller(&mesh, forward).await;
    let mut request = with_token(&token(&mesh), ListGroupsRequest::default());
    request.metadata_mut().insert("traceparent", format!("00-{TRACE}-b7ad6b7169203331-01").parse().unwrap());
    request.metadata_mut().insert("grpc-timeout", "3S".parse().unwrap());
    GroupServiceClient::new(mesh.client(&address)).list_groups(request).await.unwrap();

    let seen = seen.lock().unwrap();
    let (principal, context) = &seen[0];
    assert!(principal.user().is_ok(), "the user, not the service that called");
    assert_eq!(context.trace.id.to_string(), TRACE);
    assert!(context.remaining().unwrap() <= Duration::from_millis(2_950), "what is left, less a hop");
}

#[tokio::test]
async fn a_call_in_the_services_own_name_has_no_rights_of_the_user() {
    let mesh = TestMesh::new();
    let (_groups, seen) = callee(&mesh).await;
    let address = caller(&mesh, forward_as_service).await;
    let answer = read(&mesh, mesh.client(&address)).await;
    assert_eq!(refusal(answer), (Code::Unauthenticated, "CREDENTIALS_MISSING".into()));
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_peer_that_is_gone_is_unavailable_at_once() {
    let mesh = TestMesh::new();
    let (groups, _) = callee(&mesh).await;
    let process = mesh.begin(Peer::ADDRESS, mesh.settings(Peer::ADDRESS)).await;
    groups.stop().await;
    let asked = Instant::now();
    assert_eq!(
        refusal(forward(process.channel(Peer::GROUP)).await),
        (Code::Unavailable, "UNAVAILABLE".into())
    );
    assert!(asked.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_call_on_a_peer_without_address_ends() {
    let mesh = TestMesh::new();
    let process = mesh.begin(Peer::ADDRESS, mesh.settings(Peer::ADDRESS)).await;
    let soon = Context { deadline: Some((Instant::now() + Duration::from_millis(200)).into()), ..context() };
    let answer = soon.scope(forward(process.channel(Peer::GATEWAY))).await;
    assert_eq!(refusal(answer), (Code::DeadlineExceeded, "DEADLINE_PASSED".into()));
}

#[tokio::test]
async fn a_call_that_cannot_be_answered_in_time_is_not_made() {
    let mesh = TestMesh::new();
    let (_groups, seen) = callee(&mesh).await;
    let process = mesh.begin(Peer::ADDRESS, mesh.settings(Peer::ADDRESS)).await;
    let late = Context { deadline: Some((Instant::now() + Duration::from_millis(20)).into()), ..context() };
    let answer = late.scope(forward(process.channel(Peer::GROUP))).await;
    assert_eq!(refusal(answer).0, Code::DeadlineExceeded);
    assert!(seen.lock().unwrap().is_empty());
}

fn context() -> Context {
    Context::of(&http::HeaderMap::new(), None, false)
}
