use crate::{
    fixture::{STAFF_PASSWORD, World},
    refusal::reason,
};
use futures::future::join_all;
use patron_proto::identity::v1::{
    ChangePasswordRequest, CreateSessionRequest, UserKind, session_service_client::SessionServiceClient,
};
use std::time::Duration;
use tonic::{Code, Request, Status, transport::Channel};
use tonic_types::StatusExt as _;

const WRONG: &str = "not the password";

fn wait_of(status: &Status) -> Option<Duration> {
    let limited = status.code() == Code::ResourceExhausted && reason(status) == "LIMIT_REACHED";
    status.get_error_details().retry_info().and_then(|info| info.retry_delay).filter(|_| limited)
}

#[tokio::test]
async fn waits_grow_alike_for_names_that_exist_and_names_that_do_not() {
    let world = World::new().await;
    for name in ["root", "nobody"] {
        for _ in 0..4 {
            let refused = world.sign_in(UserKind::Staff, name, WRONG).await.unwrap_err();
            assert_eq!(refused.code(), Code::Unauthenticated);
        }
        for seconds in [1, 3, 5, 10, 30] {
            let refused = world.sign_in(UserKind::Staff, name, WRONG).await.unwrap_err();
            assert_eq!(wait_of(&refused), Some(Duration::from_secs(seconds)), "{name}");
            world.clock().advance(Duration::from_secs(seconds));
            let refused = world.sign_in(UserKind::Staff, name, WRONG).await.unwrap_err();
            assert_eq!(refused.code(), Code::Unauthenticated, "{name}");
        }
        // What the first name cost the address is forgotten.
        world.clock().advance(Duration::from_mins(15));
    }
    world.end().await;
}

#[tokio::test]
async fn the_right_password_waits_like_any_other_and_then_ends_the_waiting() {
    let world = World::new().await;
    for _ in 0..4 {
        world.sign_in(UserKind::Staff, "root", WRONG).await.unwrap_err();
    }
    let refused = world.sign_in(UserKind::Staff, "root", STAFF_PASSWORD).await.unwrap_err();
    assert_eq!(wait_of(&refused), Some(Duration::from_secs(1)));
    world.clock().advance(Duration::from_secs(1));
    world.sign_in(UserKind::Staff, "root", STAFF_PASSWORD).await.unwrap();
    for _ in 0..4 {
        let refused = world.sign_in(UserKind::Staff, "root", WRONG).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated);
    }
    world.end().await;
}

#[tokio::test]
async fn attempts_at_once_are_not_all_the_first() {
    let world = World::new().await;
    let attempts = join_all((0..12).map(|_| world.sign_in(UserKind::Staff, "root", WRONG))).await;
    let looked_at = attempts.iter().filter(|it| it.as_ref().unwrap_err().code() == Code::Unauthenticated);
    assert_eq!(looked_at.count(), 4);
    assert!(attempts.iter().any(|it| wait_of(it.as_ref().unwrap_err()) == Some(Duration::from_secs(1))));
    world.end().await;
}

#[tokio::test]
async fn a_day_later_counting_begins_again() {
    let world = World::new().await;
    for _ in 0..4 {
        world.sign_in(UserKind::Staff, "root", WRONG).await.unwrap_err();
    }
    world.clock().advance(Duration::from_hours(24));
    for _ in 0..4 {
        let refused = world.sign_in(UserKind::Staff, "root", WRONG).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated);
    }
    world.end().await;
}

async fn attempt_from(channel: &Channel, address: &str, name: String) -> Status {
    let kind = UserKind::Customer.into();
    let message = CreateSessionRequest { identifier: name, password: WRONG.to_owned(), user_kind: kind };
    let mut request = Request::new(message);
    request.metadata_mut().insert("patron-client-address", address.parse().unwrap());
    SessionServiceClient::new(channel.clone()).create_session(request).await.unwrap_err()
}

#[tokio::test]
async fn an_address_that_tries_many_names_is_slowed_and_others_are_not() {
    let world = World::new().await;
    let gateway = world.mesh.client_as("gateway", &world.identity);
    for number in 0..21 {
        // Addresses of one IPv6 network are one.
        let address = format!("2001:db8:1:2::{number}");
        let refused = attempt_from(&gateway, &address, format!("name{number}")).await;
        assert_eq!(refused.code(), Code::Unauthenticated, "{number}");
    }
    let refused = attempt_from(&gateway, "2001:db8:1:2:3::4", "another".to_owned()).await;
    assert_eq!(wait_of(&refused), Some(Duration::from_secs(1)));
    let refused = attempt_from(&gateway, "2001:db8:1:3::4", "another".to_owned()).await;
    assert_eq!(refused.code(), Code::Unauthenticated);
    world.end().await;
}

#[tokio::test]
async fn nobody_but_the_gateway_says_where_a_call_comes_from() {
    let world = World::new().await;
    for number in 0..21 {
        let address = format!("192.0.2.{number}");
        let refused = attempt_from(&world.channel, &address, format!("name{number}")).await;
        assert_eq!(refused.code(), Code::Unauthenticated, "{number}");
    }
    let refused = attempt_from(&world.channel, "192.0.2.99", "another".to_owned()).await;
    assert_eq!(wait_of(&refused), Some(Duration::from_secs(1)));
    world.end().await;
}

#[tokio::test]
async fn guessing_the_old_password_is_slowed_too() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let guess = async || {
        let request = ChangePasswordRequest {
            old_password: WRONG.into(),
            new_password: "another good password".into(),
        };
        world.sessions().change_password(administrator.ask(request)).await.unwrap_err()
    };
    for _ in 0..4 {
        assert_eq!(guess().await.code(), Code::InvalidArgument);
    }
    assert_eq!(wait_of(&guess().await), Some(Duration::from_secs(1)));
    world.end().await;
}
