//! Callers who hold what others need: none can.

use std::time::Duration;

use bytes::Bytes;
use patron_chassis::{
    config::{self, Millis},
    peer::Peer,
    testing::{TestMesh, TestProcess},
};
use patron_proto::profile::internal::v1::{
    BatchGetCustomerReferencesRequest, customer_reference_service_client::CustomerReferenceServiceClient,
};
use tokio::io::AsyncReadExt as _;
use tonic::{Code, Status, body::Body};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{
    fixture::{Gate, Groups, read, refusal, write},
    raw,
};

const PUBLIC: &str = "grpc.health.v1.Health/Check";
const LIST: &str = "patron.group.v1.GroupService/ListGroups";

/// A process with settings of its own.
async fn start(mesh: &TestMesh, groups: Groups, set: impl FnOnce(&mut config::Server)) -> TestProcess {
    let mut settings = mesh.settings(Peer::GROUP);
    set(&mut settings.server);
    mesh.serve(Peer::GROUP, settings, groups.added()).await
}

/// A peer's call of what peers alone may call.
async fn poll(mesh: &TestMesh, groups: &TestProcess) -> Result<(), Status> {
    let mut peer = CustomerReferenceServiceClient::new(mesh.client_as("address", groups));
    let request =
        BatchGetCustomerReferencesRequest { customers: vec![format!("customers/{}", uuid::Uuid::nil())] };
    peer.batch_get_customer_references(request).await.map(drop)
}

#[tokio::test]
async fn streams_that_send_nothing_keep_nobody_out() {
    let mesh = TestMesh::new();
    let groups = start(&mesh, Groups::default(), |server| server.concurrency = 4).await;
    let mut silent = Vec::new();
    for _ in 0..19 {
        let mut connection = raw::connect(&mesh, &groups).await;
        for rpc in [PUBLIC, LIST] {
            let request = raw::request(rpc, raw::unfinished(Bytes::new()));
            silent.push(tokio::spawn(connection.send_request(request)));
        }
        let mut request = raw::list_groups(&mesh, "x-silent", "yes");
        *request.body_mut() = raw::unfinished(Bytes::new());
        silent.push(tokio::spawn(connection.send_request(request)));
    }
    assert!(read(&mesh, mesh.client(&groups)).await.is_ok());
    assert!(poll(&mesh, &groups).await.is_ok());
    let mut health = HealthClient::new(mesh.client(&groups));
    assert!(health.check(HealthCheckRequest::default()).await.is_ok());
}

#[tokio::test]
async fn one_connection_cannot_take_every_place() {
    let mesh = TestMesh::new();
    let gate = Gate::shut();
    let groups = start(&mesh, Groups::reading(gate.before()), |server| server.concurrency = 3).await;
    let mut greedy = raw::connect(&mesh, &groups).await;
    let refused = greedy.send_request(raw::request(LIST, Body::empty())).await.unwrap();
    assert!(raw::status(&refused).is_some(), "now it knows how many calls it may make at once");
    let calls: Vec<_> = (0..3)
        .map(|_| tokio::spawn(greedy.send_request(raw::list_groups(&mesh, "x-greedy", "yes"))))
        .collect();
    gate.until_there_are(2).await;
    let other =
        tokio::spawn(raw::connect(&mesh, &groups).await.send_request(raw::list_groups(&mesh, "x", "y")));
    gate.until_there_are(1).await;
    gate.open();
    assert!(raw::status(&other.await.unwrap().unwrap()).is_none(), "another connection has a place");
    for call in calls {
        let answer = call.await.unwrap();
        assert!(answer.is_ok(), "they came one after the other: {answer:?}");
    }
}

#[tokio::test]
async fn peers_and_strangers_have_places_of_their_own() {
    let mesh = TestMesh::new();
    let gate = Gate::shut();
    let groups = start(&mesh, Groups::reading(gate.before()), |server| server.concurrency = 1).await;
    let mut user = raw::connect(&mesh, &groups).await;
    let call = tokio::spawn(user.send_request(raw::list_groups(&mesh, "x", "y")));
    gate.until_there_are(1).await;
    assert_eq!(refusal(read(&mesh, mesh.client(&groups)).await).0, Code::ResourceExhausted);
    assert!(poll(&mesh, &groups).await.is_ok());
    let mut health = HealthClient::new(mesh.client(&groups));
    assert!(health.check(HealthCheckRequest::default()).await.is_ok());
    gate.open();
    assert!(call.await.unwrap().is_ok());
}

#[tokio::test]
async fn bytes_that_strangers_send_are_few_and_take_no_room_of_others() {
    let mesh = TestMesh::new();
    let long = Duration::from_mins(1);
    let groups = start(&mesh, Groups::default(), |server| server.deadline_ms = long.into()).await;
    let bytes = Bytes::from(vec![0; 1024 * 1024]);
    let mut stranger = raw::connect(&mesh, &groups).await;
    let mut unfinished = Vec::new();
    // There is room until the others have sent all they can.
    let refused = async {
        loop {
            let mut connection = raw::connect(&mesh, &groups).await;
            let request = raw::request(PUBLIC, raw::unfinished(bytes.clone()));
            unfinished.push(tokio::spawn(connection.send_request(request)));
            let request = raw::request(PUBLIC, Body::new(http_body_util::Full::new(bytes.clone())));
            let answer = stranger.send_request(request).await.unwrap();
            match raw::status(&answer) {
                Some(status) if status.code() == Code::ResourceExhausted => return status,
                _ => {}
            }
        }
    };
    let refused = tokio::time::timeout(long, refused).await.expect("they take more than they may");
    assert_eq!(refusal(Err::<(), _>(refused)).1, "LIMIT_REACHED");
    assert!(read(&mesh, mesh.client(&groups)).await.is_ok());
    assert!(poll(&mesh, &groups).await.is_ok());
}

#[tokio::test]
async fn a_connection_that_asks_for_nothing_is_closed() {
    let mesh = TestMesh::new();
    let soon = Millis::from(Duration::from_millis(50));
    let groups = start(&mesh, Groups::default(), |server| server.first_request_ms = soon).await;
    let mut mute = raw::connect_tls(&mesh, &groups).await;
    // Without a farewell, which TLS calls an error.
    let closed = async { while mute.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {} };
    tokio::time::timeout(Duration::from_secs(3), closed).await.expect("without an HTTP/2 preface");
    let idle = raw::connect(&mesh, &groups).await;
    let closed = async {
        while !idle.is_closed() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(3), closed).await.expect("without a request");
}

#[tokio::test]
async fn a_message_that_does_not_arrive_is_not_waited_for() {
    let mesh = TestMesh::new();
    let soon = Millis::from(Duration::from_millis(50));
    let groups = start(&mesh, Groups::default(), |server| server.message_ms = soon).await;
    let mut connection = raw::connect(&mesh, &groups).await;
    let mut request = raw::list_groups(&mesh, "grpc-timeout", "60S");
    *request.body_mut() = raw::unfinished(Bytes::from_static(&[0]));
    let answer = connection.send_request(request).await.unwrap();
    assert_eq!(raw::status(&answer).unwrap().code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn refusals_reset_no_connection_that_others_share() {
    let mesh = TestMesh::new();
    let groups = start(&mesh, Groups::default(), |_| {}).await;
    let mut shared = raw::connect(&mesh, &groups).await;
    for _ in 0..4 {
        let mut refused = Vec::new();
        for rpc in [LIST, "patron.group.v1.GroupService/Nothing"].into_iter().cycle().take(90) {
            let (send, body) = raw::later();
            refused.push((send, tokio::spawn(shared.send_request(raw::request(rpc, body)))));
        }
        // Once this is answered the server has seen all of them.
        let answer = shared.send_request(raw::list_groups(&mesh, "x", "y")).await.unwrap();
        assert!(raw::status(&answer).is_none());
        for (send, answer) in refused {
            send.send(Bytes::from_static(&[0; 5])).expect("the request is still read");
            let status = raw::status(&answer.await.unwrap().unwrap()).unwrap();
            assert!(matches!(status.code(), Code::Unauthenticated | Code::Unimplemented), "{status:?}");
        }
    }
    let answer = shared.send_request(raw::list_groups(&mesh, "x", "y")).await.unwrap();
    assert!(raw::status(&answer).is_none(), "the connection goes on");
}

#[tokio::test]
async fn a_write_that_outlives_its_caller_keeps_its_place() {
    let mesh = TestMesh::new();
    let gate = Gate::shut();
    let groups = Groups::writing(gate.before());
    let groups = start(&mesh, groups, |server| {
        server.concurrency = 1;
        server.deadline_ms = Millis::from(Duration::from_millis(300));
    })
    .await;
    assert_eq!(refusal(write(&mesh, mesh.client(&groups)).await).0, Code::DeadlineExceeded);
    gate.until_there_are(1).await;
    assert_eq!(refusal(write(&mesh, mesh.client(&groups)).await).0, Code::ResourceExhausted);
    gate.open();
    let over = async { while write(&mesh, mesh.client(&groups)).await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(5), over).await.expect("there is room when it has ended");
}
