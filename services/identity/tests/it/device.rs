//! What a session says of the device it is on.

use crate::fixture::{STAFF_PASSWORD, World};
use patron_chassis::testing::with_token;
use patron_proto::identity::v1::{
    CreateSessionRequest, ListSessionsRequest, RefreshSessionRequest, Session, UserKind,
    session_service_client::SessionServiceClient,
};
use tonic::{Request, transport::Channel};

const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0";

async fn sign_in(mut client: SessionServiceClient<Channel>, agent: &str) -> Session {
    let mut request = Request::new(CreateSessionRequest {
        identifier: "root".to_owned(),
        password: STAFF_PASSWORD.to_owned(),
        user_kind: UserKind::Staff.into(),
        ..Default::default()
    });
    let metadata = request.metadata_mut();
    metadata.insert("patron-client-address", "203.0.113.77".parse().unwrap());
    metadata.insert("patron-client-agent", agent.parse().unwrap());
    client.create_session(request).await.unwrap().into_inner()
}

fn said(session: &Session) -> [&str; 3] {
    [&session.client, &session.system, &session.network].map(String::as_str)
}

#[tokio::test]
async fn a_session_says_with_what_and_from_which_network_it_began() {
    let world = World::new().await;
    let gateway = SessionServiceClient::new(world.mesh.client_as("gateway", &world.identity));
    let session = sign_in(gateway, FIREFOX).await;
    let expected = ["Firefox", "Windows", "203.0.113.0/24"];
    assert_eq!(said(&session), expected);
    let request = RefreshSessionRequest { secret: session.secret.clone() };
    let refreshed = world.sessions().refresh_session(request).await.unwrap().into_inner();
    assert_eq!(said(&refreshed), expected);
    let request = with_token(&session.access_token, ListSessionsRequest::default());
    let listed = world.sessions().list_sessions(request).await.unwrap().into_inner();
    assert_eq!(said(&listed.sessions[0]), expected);
    world.end().await;
}

#[tokio::test]
async fn who_calls_a_service_itself_is_known_by_the_program_and_says_nothing_of_another_place() {
    let world = World::new().await;
    let session = sign_in(world.sessions(), FIREFOX).await;
    assert_eq!(said(&session), ["tonic", "", "127.0.0.0/24"]);
    world.end().await;
}

#[tokio::test]
async fn what_a_stranger_calls_a_program_is_kept_as_a_short_word_or_not_at_all() {
    let world = World::new().await;
    for agent in ["<b>bold</b>", &"x".repeat(300), "Mozilla/5.0 unknown", "a\tb"] {
        let gateway = SessionServiceClient::new(world.mesh.client_as("gateway", &world.identity));
        let session = sign_in(gateway, agent).await;
        assert_eq!(said(&session)[..2], ["", ""], "{agent}");
    }
    world.end().await;
}
