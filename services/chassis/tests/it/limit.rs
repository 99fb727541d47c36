//! What a service does when there is too much of something.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use patron_chassis::{
    config,
    peer::Peer,
    testing::{TestMesh, with_token},
};
use patron_proto::group::v1::{
    CreateGroupRequest, Group, ListGroupsRequest, ListGroupsResponse,
    group_service_client::GroupServiceClient,
};
use tokio::{io::AsyncReadExt as _, net::TcpStream, sync::Semaphore};
use tonic::{Code, Status, client::Grpc, codegen::http::uri::PathAndQuery};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt as _;

use crate::{
    fixture::{Gate, Groups, read, refusal, token, write},
    raw,
};

#[tokio::test]
async fn a_callers_deadline_ends_the_call_with_an_answer() {
    let mesh = TestMesh::new();
    let groups = Groups::reading(|_| std::future::pending()).start(&mesh).await;
    let mut connection = raw::connect(&mesh, &groups).await;
    let asked = Instant::now();
    let answer = connection.send_request(raw::list_groups(&mesh, "grpc-timeout", "100m")).await.unwrap();
    let refused = Err::<(), _>(raw::status(&answer).unwrap());
    assert_eq!(refusal(refused), (Code::DeadlineExceeded, "DEADLINE_PASSED".into()));
    assert!((Duration::from_millis(100)..Duration::from_secs(3)).contains(&asked.elapsed()));
}

#[tokio::test]
async fn headers_over_16_kib_are_refused() {
    let mesh = TestMesh::new();
    let groups = Groups::default().start(&mesh).await;
    let mut connection = raw::connect(&mesh, &groups).await;
    let answer =
        connection.send_request(raw::list_groups(&mesh, "x-much", &"x".repeat(20_000))).await.unwrap();
    assert_eq!(answer.status(), http::StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    let answer = connection.send_request(raw::list_groups(&mesh, "x-much", "x")).await.unwrap();
    assert!(raw::status(&answer).is_none(), "the connection goes on");
}

#[tokio::test]
async fn an_old_connection_takes_no_new_calls_and_ends_with_its_last() {
    let mesh = TestMesh::new();
    let mut settings = mesh.settings(Peer::GROUP);
    settings.server.connection_age_ms = config::Millis::from(Duration::from_millis(50));
    let open = Arc::new(Semaphore::new(0));
    let gate = open.clone();
    let groups = Groups::reading(move |request| {
        let waits = request.metadata().contains_key("x-wait").then(|| gate.clone());
        async move {
            if let Some(gate) = waits {
                let _ = gate.acquire().await;
            }
            Ok(ListGroupsResponse::default())
        }
    });
    let groups = mesh.serve(Peer::GROUP, settings, groups.added()).await;
    let mut connection = raw::connect(&mesh, &groups).await;
    let last = tokio::spawn(connection.send_request(raw::list_groups(&mesh, "x-wait", "yes")));
    while connection.send_request(raw::list_groups(&mesh, "x-other", "yes")).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    open.add_permits(1);
    let answer = last.await.unwrap().unwrap();
    assert_eq!((answer.status(), raw::status(&answer).is_none()), (http::StatusCode::OK, true));
}

#[tokio::test]
async fn who_never_shakes_hands_is_not_waited_for() {
    let mesh = TestMesh::new();
    let mut settings = mesh.settings(Peer::GROUP);
    settings.server.handshake_ms = config::Millis::from(Duration::from_millis(50));
    let groups = mesh.serve(Peer::GROUP, settings, Groups::default().added()).await;
    let mut silent = TcpStream::connect(groups.address).await.unwrap();
    assert!(read(&mesh, mesh.client(&groups)).await.is_ok(), "others are served meanwhile");
    assert_eq!(silent.read(&mut [0]).await.unwrap(), 0, "the connection is closed");
}

#[tokio::test]
async fn a_caller_who_names_no_deadline_has_one() {
    let mesh = TestMesh::new();
    let mut settings = mesh.settings(Peer::GROUP);
    settings.server.deadline_ms = config::Millis::from(Duration::from_millis(100));
    let groups = mesh.serve(Peer::GROUP, settings, Groups::reading(|_| std::future::pending()).added()).await;
    assert_eq!(refusal(read(&mesh, mesh.client(&groups)).await).0, Code::DeadlineExceeded);
}

#[tokio::test]
async fn calls_over_the_limit_are_refused_at_once_and_the_others_answered() {
    let mesh = TestMesh::new();
    let gate = Gate::shut();
    let groups = Groups::reading(gate.before());
    let mut settings = mesh.settings(Peer::GROUP);
    settings.server.concurrency = 2;
    let groups = mesh.serve(Peer::GROUP, settings, groups.added()).await;
    // Each on a connection of its own, since one may not take all places.
    let admitted = [
        tokio::spawn(admit(token(&mesh), mesh.client(&groups))),
        tokio::spawn(admit(token(&mesh), mesh.client(&groups))),
    ];
    gate.until_there_are(2).await;

    let channel = mesh.client(&groups);
    let mut connected = HealthClient::new(channel.clone());
    connected.check(HealthCheckRequest::default()).await.unwrap();
    let asked = Instant::now();
    let status = read(&mesh, channel.clone()).await.unwrap_err();
    assert!(asked.elapsed() < Duration::from_millis(50), "{:?}", asked.elapsed());
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(status.get_details_retry_info().unwrap().retry_delay.is_some());

    gate.open();
    for call in admitted {
        call.await.unwrap().unwrap();
    }
    assert!(read(&mesh, channel).await.is_ok(), "there is room again");
}

async fn admit(token: String, channel: tonic::transport::Channel) -> Result<(), Status> {
    GroupServiceClient::new(channel)
        .list_groups(with_token(&token, ListGroupsRequest::default()))
        .await
        .map(drop)
}

#[tokio::test]
async fn a_panic_is_answered_without_a_word_of_it_and_harms_nobody_else() {
    let mesh = TestMesh::new();
    let broken = Arc::new(AtomicBool::new(true));
    let breaks = broken.clone();
    let groups = Groups::reading(move |_| {
        let breaks = breaks.load(Ordering::Relaxed);
        async move {
            assert!(!breaks, "a secret");
            Ok(ListGroupsResponse::default())
        }
    });
    let groups = groups.start(&mesh).await;
    let channel = mesh.client(&groups);
    let status = read(&mesh, channel.clone()).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Internal, "internal error"));
    assert_eq!(
        status.get_details_request_info().unwrap().request_id.len(),
        32,
        "the trace id, for the operators"
    );
    broken.store(false, Ordering::Relaxed);
    assert!(read(&mesh, channel).await.is_ok());
}

#[tokio::test]
async fn a_write_that_panics_is_answered_too() {
    let mesh = TestMesh::new();
    let groups = Groups::writing(|_| async { panic!("a secret") }).start(&mesh).await;
    let answer = write(&mesh, mesh.client(&groups)).await;
    assert_eq!(refusal(answer), (Code::Internal, "INTERNAL".into()));
}

#[tokio::test]
async fn a_request_over_1_mib_is_refused() {
    let mesh = TestMesh::new();
    let groups = Groups::default().start(&mesh).await;
    let group = Group { description: "x".repeat(2 * 1024 * 1024), ..Default::default() };
    let request = CreateGroupRequest { group: Some(group), request_id: String::new() };
    let answer =
        GroupServiceClient::new(mesh.client(&groups)).create_group(with_token(&token(&mesh), request)).await;
    assert_eq!(refusal(answer), (Code::InvalidArgument, "INVALID_FIELD".into()));
}

#[tokio::test]
async fn an_answer_over_4_mib_is_not_sent() {
    let mesh = TestMesh::new();
    let groups = Groups::reading(|_| async {
        let group = Group { description: "x".repeat(5 * 1024 * 1024), ..Default::default() };
        Ok(ListGroupsResponse { groups: vec![group], ..Default::default() })
    });
    let groups = groups.start(&mesh).await;
    assert_eq!(read(&mesh, mesh.client(&groups)).await.unwrap_err().code(), Code::Internal);
}

#[tokio::test]
async fn what_is_no_rpc_or_no_message_is_the_callers_fault() {
    let mesh = TestMesh::new();
    let groups = Groups::default().start(&mesh).await;
    let call = async |path: &'static str| {
        let mut client = Grpc::new(mesh.client(&groups));
        client.ready().await.unwrap();
        // A string where the RPC has a message: field 1 is a number there.
        let request = with_token(&token(&mesh), "wrong".to_owned());
        let codec = tonic_prost_codec();
        client.unary(request, PathAndQuery::from_static(path), codec).await
    };
    assert_eq!(
        refusal(call("/patron.group.v1.GroupService/Nothing").await),
        (Code::Unimplemented, "UNIMPLEMENTED".into())
    );
    assert_eq!(
        refusal(call("/patron.group.v1.GroupService/ListGroups").await),
        (Code::InvalidArgument, "INVALID_FIELD".into())
    );
}

/// A codec for messages without rules.
fn tonic_prost_codec() -> patron_proto::codec::Codec<String, ()> {
    patron_proto::codec::Codec::default()
}
