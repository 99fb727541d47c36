//! What tools find out.

use patron_chassis::testing::{TestMesh, with_token};
use tokio_stream::once;
use tonic::{Code, Request, Response, Status};
use tonic_reflection::pb::{v1, v1alpha};

use crate::fixture::{Groups, refusal, token};

/// Whatever both versions of reflection list.
async fn services_v1(
    mesh: &TestMesh,
    channel: tonic::transport::Channel,
    with: bool,
) -> Result<Vec<String>, Status> {
    use v1::{server_reflection_request::MessageRequest, server_reflection_response::MessageResponse};
    let ask = once(v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    });
    let request = if with { with_token(&token(mesh), ask) } else { Request::new(ask) };
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(channel);
    let answer = client.server_reflection_info(request).await.map(Response::into_inner)?.message().await?;
    let Some(MessageResponse::ListServicesResponse(list)) = answer.and_then(|answer| answer.message_response)
    else {
        panic!("no list");
    };
    Ok(list.service.into_iter().map(|service| service.name).collect())
}

async fn services_v1alpha(
    mesh: &TestMesh,
    channel: tonic::transport::Channel,
    with: bool,
) -> Result<Vec<String>, Status> {
    use v1alpha::{server_reflection_request::MessageRequest, server_reflection_response::MessageResponse};
    let ask = once(v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    });
    let request = if with { with_token(&token(mesh), ask) } else { Request::new(ask) };
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(channel);
    let answer = client.server_reflection_info(request).await.map(Response::into_inner)?.message().await?;
    let Some(MessageResponse::ListServicesResponse(list)) = answer.and_then(|answer| answer.message_response)
    else {
        panic!("no list");
    };
    Ok(list.service.into_iter().map(|service| service.name).collect())
}

#[tokio::test]
async fn both_versions_of_reflection_are_for_callers_who_are_known() {
    let mesh = TestMesh::new();
    let groups = Groups::default().start(&mesh).await;
    let (stranger, service) = (mesh.client(&groups), mesh.client_as("gateway", &groups));
    let expected = (Code::Unauthenticated, "CREDENTIALS_MISSING".to_owned());
    assert_eq!(refusal(services_v1(&mesh, stranger.clone(), false).await), expected);
    assert_eq!(refusal(services_v1alpha(&mesh, stranger.clone(), false).await), expected);

    for listed in [
        services_v1(&mesh, stranger.clone(), true).await.unwrap(),
        services_v1alpha(&mesh, stranger, true).await.unwrap(),
        services_v1(&mesh, service.clone(), false).await.unwrap(),
        services_v1alpha(&mesh, service, false).await.unwrap(),
    ] {
        assert!(listed.iter().any(|name| name == "patron.group.v1.GroupService"), "{listed:?}");
        assert!(
            !listed.iter().any(|name| name == "patron.profile.v1.CustomerService"),
            "it is another's: {listed:?}"
        );
    }
}
