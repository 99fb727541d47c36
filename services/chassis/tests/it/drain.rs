//! What a stop, or a caller's leaving, leaves whole.

use std::{sync::Arc, time::Duration};

use patron_chassis::testing::{TestMesh, with_token};
use patron_proto::group::v1::{CreateGroupRequest, Group, group_service_client::GroupServiceClient};
use tokio::sync::Semaphore;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::fixture::{Gate, Groups, read, token};

#[tokio::test]
async fn a_stop_lets_calls_under_way_end_and_takes_no_others() {
    let mesh = TestMesh::new();
    let gate = Gate::shut();
    let groups = Groups::reading(gate.before());
    let groups = Arc::new(groups.start(&mesh).await);
    let mesh = Arc::new(mesh);
    let mut health = HealthClient::new(mesh.client(&groups));
    let mut watch = health.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);

    let (outside, called) = (mesh.clone(), groups.clone());
    let under_way = tokio::spawn(async move { read(&outside, outside.client(&called)).await });
    gate.until_there_are(1).await;
    let stopping = groups.clone();
    let stopped = tokio::spawn(async move { stopping.stop().await });
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    assert!(matches!(watch.message().await, Ok(None) | Err(_)), "whoever watches hears no more");

    groups.process.drain().stopping().cancelled().await;
    while read(&mesh, mesh.client(&groups)).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(!stopped.is_finished(), "the stop waits for the call");
    gate.open();
    under_way.await.unwrap().unwrap();
    stopped.await.unwrap();
}

#[tokio::test]
async fn a_write_ends_although_its_caller_has_gone() {
    let mesh = TestMesh::new();
    let (entered, open, ended) =
        (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (inside, gate, done) = (entered.clone(), open.clone(), ended.clone());
    let groups = Groups::writing(move |_| {
        inside.add_permits(1);
        let (gate, done) = (gate.clone(), done.clone());
        async move {
            let _ = gate.acquire().await;
            done.add_permits(1);
            Ok(Group::default())
        }
    });
    let groups = groups.start(&mesh).await;
    let request = CreateGroupRequest { group: Some(Group::default()), request_id: String::new() };
    let mut client = GroupServiceClient::new(mesh.client(&groups));
    let request = with_token(&token(&mesh), request);
    let call = tokio::spawn(async move { client.create_group(request).await });
    entered.acquire().await.unwrap().forget();
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());

    open.add_permits(1);
    ended.acquire().await.unwrap().forget();
    groups.stop().await;
}
