//! Who gets in.

use std::{error::Error as _, time::Duration};

use patron_chassis::{
    peer::Peer,
    permission::Permission,
    principal::{Principal, Scope, Subject},
    server::Server,
    testing::{TestMesh, TestProcess, TestTokens, with_token},
    token::Claims,
};
use patron_proto::{
    group::v1::{ListGroupsRequest, ListGroupsResponse, group_service_client::GroupServiceClient},
    identity::internal::v1::Revocation,
    profile::internal::v1::{
        BatchGetCustomerReferencesRequest, BatchGetCustomerReferencesResponse,
        customer_reference_service_client::CustomerReferenceServiceClient,
    },
};
use patron_values::id::{CustomerId, SessionId, StaffId};
use tokio::sync::watch;
use tonic::{Code, Request, Response, Status};
use tonic_health::server::health_reporter;
use uuid::Uuid;

use crate::fixture::{Groups, refusal, token};

const STAFF: StaffId = StaffId(Uuid::from_u128(1));

async fn list(
    mesh: &TestMesh,
    callee: &TestProcess,
    request: Request<ListGroupsRequest>,
) -> Result<Response<ListGroupsResponse>, Status> {
    GroupServiceClient::new(mesh.client(callee)).list_groups(request).await
}

#[tokio::test]
async fn an_rpc_that_does_not_say_who_may_call_it_refuses_the_start() {
    let mut pool = patron_proto::pool().clone();
    pool.decode_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET).unwrap();
    let (_, health) = health_reporter();
    let error = Server::new(pool).add_service(health).unwrap_err();
    let expected = "access of grpc.health.v1.Health/Check: the option (patron.access.v1.access) is missing";
    assert_eq!(format!("{error:#}"), expected);
}

#[tokio::test]
async fn without_a_token_a_caller_is_asked_for_one() {
    let mesh = TestMesh::new();
    let groups = Groups::default().start(&mesh).await;
    let answer = list(&mesh, &groups, Request::new(ListGroupsRequest::default())).await;
    assert_eq!(refusal(answer), (Code::Unauthenticated, "CREDENTIALS_MISSING".into()));
    // A service has no more rights than people where the RPC is for people.
    let answer = GroupServiceClient::new(mesh.client_as("profile", &groups))
        .list_groups(ListGroupsRequest::default())
        .await;
    assert_eq!(refusal(answer), (Code::Unauthenticated, "CREDENTIALS_MISSING".into()));
}

#[tokio::test]
async fn a_token_that_identity_did_not_make_for_us_is_refused() {
    let mesh = TestMesh::new();
    let groups = Groups::default().start(&mesh).await;
    let good = mesh.tokens().staff(STAFF, &[Permission::GroupRead]);
    let sign = |claims: Claims| mesh.tokens().sign(&claims);
    let stranger = TestTokens::new(groups.process.clock());
    for (what, token) in [
        ("no token", "x".to_owned()),
        ("cut", sign(good.clone()).split_at(100).0.to_owned()),
        ("longer than any", "x".repeat(9_000)),
        ("another's key", stranger.sign(&good)),
        ("another issuer", sign(Claims { iss: "elsewhere".into(), ..good.clone() })),
        ("another audience", sign(Claims { aud: "elsewhere".into(), ..good.clone() })),
        ("a service's subject", sign(Claims { sub: "services/profile".into(), ..good.clone() })),
        ("not yet", sign(Claims { nbf: Some(good.iat + 1), ..good.clone() })),
        ("an extension that must be understood", mesh.tokens().sign_with(&good, &["b64"])),
        ("no subject", sign(Claims { sub: "nobody".into(), ..good.clone() })),
        (
            "a customer who sees all",
            sign(Claims { sub: format!("customers/{}", Uuid::nil()), ..good.clone() }),
        ),
        ("another purpose", sign(good.clone()).replacen("eyJ0eXAiOiJhdCtqd3Qi", "eyJ0eXAiOiJKV1QiLCAg", 1)),
    ] {
        let answer = list(&mesh, &groups, with_token(&token, ListGroupsRequest::default())).await;
        assert_eq!(refusal(answer), (Code::Unauthenticated, "CREDENTIALS_INVALID".into()), "{what}");
    }
    let mut twice = with_token(&sign(good.clone()), ListGroupsRequest::default());
    let token = twice.metadata().get("authorization").unwrap().clone();
    twice.metadata_mut().append("authorization", token);
    assert_eq!(refusal(list(&mesh, &groups, twice).await).1, "CREDENTIALS_INVALID", "two of them");
    assert!(list(&mesh, &groups, with_token(&sign(good), ListGroupsRequest::default())).await.is_ok());
}

#[tokio::test]
async fn a_token_ends_when_it_says_even_if_it_was_good_before() {
    let mesh = TestMesh::new();
    let groups = Groups::default().start(&mesh).await;
    let token = token(&mesh);
    assert!(list(&mesh, &groups, with_token(&token, ListGroupsRequest::default())).await.is_ok());
    mesh.clock().advance(Duration::from_secs(299));
    assert!(list(&mesh, &groups, with_token(&token, ListGroupsRequest::default())).await.is_ok());
    mesh.clock().advance(Duration::from_secs(1));
    let answer = list(&mesh, &groups, with_token(&token, ListGroupsRequest::default())).await;
    assert_eq!(refusal(answer), (Code::Unauthenticated, "CREDENTIALS_INVALID".into()));
}

#[tokio::test]
async fn a_lacking_permission_is_refused_before_anything_of_the_request_is_read() {
    let mesh = TestMesh::new();
    let groups = Groups::default().start(&mesh).await;
    let token = mesh.tokens().sign(&mesh.tokens().staff(STAFF, &[Permission::CustomerRead]));
    let malformed = ListGroupsRequest { page_size: -1, ..Default::default() };
    let answer = list(&mesh, &groups, with_token(&token, malformed)).await;
    assert_eq!(refusal(answer), (Code::PermissionDenied, "PERMISSION_MISSING".into()));
}

#[tokio::test]
async fn a_handler_knows_who_calls() {
    let mesh = TestMesh::new();
    let (seen, mut last) = watch::channel(Principal::Anonymous);
    let groups = Groups::reading(move |request| {
        seen.send_replace(Principal::of(&request).clone());
        async { Ok(ListGroupsResponse::default()) }
    });
    let groups = groups.start(&mesh).await;
    let customer = CustomerId(Uuid::from_u128(2));
    let token = mesh.tokens().sign(&mesh.tokens().impersonating(STAFF, customer, &[Permission::GroupRead]));
    list(&mesh, &groups, with_token(&token, ListGroupsRequest::default())).await.unwrap();

    let principal = last.borrow_and_update().clone();
    let user = principal.user().unwrap();
    assert_eq!((&user.subject, user.scope), (&Subject::Customer(customer), Scope::Own(customer)));
    assert_eq!(principal.to_string(), STAFF.resource_name(), "who really acts");
    assert!(principal.may(Permission::GroupRead) && !principal.may(Permission::GroupManage));
}

/// Calls until the answer is as expected, as long as a test may take.
async fn until_refused(mesh: &TestMesh, groups: &TestProcess, token: &str) {
    while list(mesh, groups, with_token(token, ListGroupsRequest::default())).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_revoked_token_is_refused_soon_while_others_go_on() {
    let mesh = TestMesh::new();
    let groups = Groups::default().start(&mesh).await;
    let session = SessionId(Uuid::from_u128(3));
    let claims = mesh.tokens().staff(STAFF, &[Permission::GroupRead]);
    let of_session = mesh.tokens().sign(&Claims { sid: Some(session), ..claims.clone() });
    let (old, new) = (mesh.tokens().sign(&claims), mesh.tokens().sign(&Claims { epoch: 2, ..claims }));

    mesh.tokens().revoke(Revocation { session: session.resource_name(), ..Default::default() });
    until_refused(&mesh, &groups, &of_session).await;
    assert!(list(&mesh, &groups, with_token(&old, ListGroupsRequest::default())).await.is_ok());

    mesh.tokens().revoke(Revocation { subject: STAFF.resource_name(), epoch: 2, ..Default::default() });
    until_refused(&mesh, &groups, &old).await;
    assert!(list(&mesh, &groups, with_token(&new, ListGroupsRequest::default())).await.is_ok());
}

#[tokio::test]
async fn an_rpc_for_peers_opens_to_their_certificate_only() {
    let mesh = TestMesh::new();
    let groups = Groups::default().start(&mesh).await;
    let message =
        || BatchGetCustomerReferencesRequest { customers: vec![format!("customers/{}", Uuid::nil())] };
    let call = async |channel, request| -> Result<Response<BatchGetCustomerReferencesResponse>, Status> {
        CustomerReferenceServiceClient::new(channel).batch_get_customer_references(request).await
    };
    assert!(call(mesh.client_as("activity", &groups), Request::new(message())).await.is_ok());

    for (who, channel) in [
        ("a service that is not named", mesh.client_as("gateway", &groups)),
        ("a certificate of no service", mesh.client_as("stranger", &groups)),
        ("a person with every right", mesh.client(&groups)),
    ] {
        let answer = call(channel, with_token(&token(&mesh), message())).await;
        assert_eq!(refusal(answer), (Code::PermissionDenied, "PEER_NOT_ALLOWED".into()), "{who}");
    }

    let stranger = TestMesh::new();
    let foreign = stranger.authority().issue(Peer::ACTIVITY.name()).unwrap();
    let answer = call(mesh.client_with(&foreign, &groups), Request::new(message())).await;
    assert!(answer.unwrap_err().source().is_some(), "the handshake fails, and no service answers");
}
