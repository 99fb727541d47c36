//! What the service serves beside its addresses, as every service does: operations, a resync, dead letters.

use crate::fixture::{World, customer, reference, stuttgart};
use patron_chassis::{permission::Permission, testing::with_token};
use patron_proto::{
    event::v1::customer_reference::State,
    operation::v1::{
        CancelOperationRequest, DeleteOperationRequest, GetDeadLetterRequest, GetOperationRequest,
        ListDeadLettersRequest, ListOperationsRequest, Operation, Resync, RetryDeadLettersRequest,
        StartResyncRequest, WaitOperationRequest, dead_letter_service_client::DeadLetterServiceClient,
        operation::Result as Ending, operation_service_client::OperationServiceClient,
        resync_service_client::ResyncServiceClient,
    },
};
use patron_values::id::StaffId;
use tonic::{Code, Request};
use uuid::Uuid;

/// A request of a member of staff who may manage settings, or not.
fn staff<T>(world: &World, number: u128, manages: bool, message: T) -> Request<T> {
    let permissions: &[Permission] = if manages { &[Permission::SettingsManage] } else { &[] };
    let claims = world.mesh.tokens().staff(StaffId(Uuid::from_u128(number)), permissions);
    with_token(&world.mesh.tokens().sign(&claims), message)
}

async fn resync(world: &World, source: &str) -> Result<Operation, tonic::Status> {
    let request = StartResyncRequest { source: source.to_owned(), force: false };
    let mut client = ResyncServiceClient::new(world.mesh.client(&world.service));
    client.start_resync(staff(world, 1, true, request)).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn a_resync_is_an_operation_that_is_followed_by_who_started_it_and_who_manages_settings() {
    let world = World::new().await;
    for number in 1..=5 {
        world.peers.profile_knows(reference(customer(number), State::Active, 1, &[]));
    }
    let Operation { name, metadata, .. } = resync(&world, "profile").await.unwrap();
    let metadata = metadata.unwrap();
    assert_eq!(metadata.kind, "resync");
    let mut client = OperationServiceClient::new(world.mesh.client(&world.service));
    let done = loop {
        let request = WaitOperationRequest { name: name.clone(), timeout: None };
        let operation = client.wait_operation(staff(&world, 1, false, request)).await.unwrap().into_inner();
        if operation.done {
            break operation;
        }
    };
    let Some(Ending::Response(response)) = done.result else { panic!("{done:?}") };
    assert_eq!(response.to_msg::<Resync>().unwrap(), Resync { listed_count: 5, ..Resync::default() });
    assert_eq!(done.metadata.unwrap().done_count, 5);
    for number in 1..=5 {
        assert_eq!(world.list(customer(number)).await.unwrap(), []);
    }

    let get = || GetOperationRequest { name: name.clone() };
    let status = client.get_operation(staff(&world, 2, false, get())).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound, "it is somebody else's");
    client.get_operation(staff(&world, 2, true, get())).await.unwrap();
    for (filter, found) in [("", 1), ("done = true AND kind = resync", 1), ("done = false", 0)] {
        let request = ListOperationsRequest { filter: filter.to_owned(), ..ListOperationsRequest::default() };
        let listed = client.list_operations(staff(&world, 1, false, request)).await.unwrap().into_inner();
        assert_eq!(listed.operations.len(), found, "{filter}");
    }
    let cancel = CancelOperationRequest { name: name.clone() };
    let cancelled = client.cancel_operation(staff(&world, 1, false, cancel)).await.unwrap().into_inner();
    assert!(!cancelled.metadata.unwrap().cancel_requested, "it is done");
    let delete = DeleteOperationRequest { name: name.clone() };
    client.delete_operation(staff(&world, 1, false, delete)).await.unwrap();
    assert_eq!(client.get_operation(staff(&world, 1, true, get())).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(resync(&world, "group").await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn dead_letters_are_shown_without_anything_personal_and_tried_again() {
    let world = World::new().await;
    let known = world.known(1).await;
    world.create(known, stuttgart()).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "what no service does")]
    let dead = sqlx::query_scalar::<_, i64>(
        "insert into address.queue (kind, key, version, payload, error, dead_at)
         values ('activity', 'customers/1/addresses', 1, 'Stuttgart', 'undecodable', now()) returning job_id",
    );
    let id = dead.fetch_one(world.database.pool()).await.unwrap();
    let mut client = DeadLetterServiceClient::new(world.mesh.client(&world.service));
    let list = || staff(&world, 1, true, ListDeadLettersRequest::default());
    let listed = client.list_dead_letters(list()).await.unwrap().into_inner().dead_letters;
    assert_eq!((listed[0].key.as_str(), listed[0].error.as_str()), ("customers/1/addresses", "undecodable"));
    assert_eq!(listed[0].payload_bytes, 9);
    assert!(!format!("{listed:?}").contains("Stuttgart"));
    let get = GetDeadLetterRequest { name: format!("deadLetters/{id}") };
    assert_eq!(client.get_dead_letter(staff(&world, 1, true, get)).await.unwrap().into_inner(), listed[0]);

    let retry = |name: &str| RetryDeadLettersRequest { names: vec![name.to_owned()] };
    let status =
        client.retry_dead_letters(staff(&world, 1, false, retry("deadLetters/-"))).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    let retried = client.retry_dead_letters(staff(&world, 1, true, retry("deadLetters/-"))).await.unwrap();
    assert_eq!(retried.into_inner().retried_count, 1);
}
