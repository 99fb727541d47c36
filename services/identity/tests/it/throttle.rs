use crate::{
    fixture::{STAFF_PASSWORD, World},
    refusal::reason,
};
use futures::future::join_all;
use patron_proto::identity::v1::{
    ChangePasswordRequest, CreateSessionRequest, Session, UserKind,
    session_service_client::SessionServiceClient,
};
use std::time::{Duration, Instant};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

const WRONG: &str = "not the password";

impl World {
    /// Signs in as the gateway says that someone at an address does.
    async fn sign_in_from(
        &self,
        address: &str,
        kind: UserKind,
        identifier: &str,
        password: &str,
    ) -> Result<Session, Status> {
        let mut request = Request::new(CreateSessionRequest {
            identifier: identifier.to_owned(),
            password: password.to_owned(),
            user_kind: kind.into(),
            ..Default::default()
        });
        request.metadata_mut().insert("patron-client-address", address.parse().unwrap());
        let gateway = self.mesh.client_as("gateway", &self.identity);
        SessionServiceClient::new(gateway).create_session(request).await.map(tonic::Response::into_inner)
    }
}

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

async fn attempt_from(world: &World, address: &str, name: &str) -> Status {
    world.sign_in_from(address, UserKind::Customer, name, WRONG).await.unwrap_err()
}

#[tokio::test]
async fn equal_spellings_of_one_account_and_its_email_share_its_waits() {
    let world = World::new().await;
    for typed in ["root", " ROOT ", "ｒｏｏｔ", "Root@EXAMPLE.com"] {
        let refused = world.sign_in(UserKind::Staff, typed, WRONG).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated, "{typed}");
    }
    for typed in ["rooT", "root@example.com", "ＲＯＯＴ"] {
        let refused = world.sign_in(UserKind::Staff, typed, WRONG).await.unwrap_err();
        assert_eq!(wait_of(&refused), Some(Duration::from_secs(1)), "{typed}");
    }
    world.end().await;
}

#[tokio::test]
async fn an_address_from_which_many_accounts_fail_is_slowed_and_others_are_not() {
    let world = World::new().await;
    for number in 0..51 {
        // Addresses of one IPv6 network are one.
        let refused =
            attempt_from(&world, &format!("2001:db8:1:2::{number}"), &format!("name{number}")).await;
        assert_eq!(refused.code(), Code::Unauthenticated, "{number}");
    }
    let refused = attempt_from(&world, "2001:db8:1:2:3::4", "another").await;
    assert_eq!(wait_of(&refused), Some(Duration::from_secs(1)));
    let refused = attempt_from(&world, "2001:db8:1:3::4", "another").await;
    assert_eq!(refused.code(), Code::Unauthenticated);
    world.end().await;
}

#[tokio::test]
async fn thirty_who_mistype_twice_behind_one_address_hold_up_nobody_there() {
    let world = World::new().await;
    for number in 0..60 {
        let refused = attempt_from(&world, "192.0.2.1", &format!("name{}", number % 30)).await;
        assert_eq!(refused.code(), Code::Unauthenticated, "{number}");
    }
    world.sign_in_from("192.0.2.1", UserKind::Staff, "root", STAFF_PASSWORD).await.unwrap();
    let counted = sqlx::query_scalar!("select max(attempts) from identity.throttle");
    assert_eq!(counted.fetch_one(world.database.pool()).await.unwrap(), Some(30), "each once");
    world.end().await;
}

#[tokio::test]
async fn who_mistypes_and_then_signs_in_counts_no_more_for_the_address() {
    let world = World::new().await;
    let attempts = async || {
        let counted =
            sqlx::query_scalar!(r#"select coalesce(sum(attempts), 0) as "sum!" from identity.throttle"#);
        counted.fetch_one(world.database.pool()).await.unwrap()
    };
    world.sign_in_from("192.0.2.1", UserKind::Staff, "root", WRONG).await.unwrap_err();
    assert_eq!(attempts().await, 3, "account, address and both together");
    world.sign_in_from("192.0.2.1", UserKind::Staff, "root", STAFF_PASSWORD).await.unwrap();
    assert_eq!(attempts().await, 0);
    world.end().await;
}

#[tokio::test]
async fn who_is_known_at_an_address_is_held_up_neither_by_guesses_from_elsewhere_nor_by_neighbours() {
    let world = World::new().await;
    world.sign_in_from("192.0.2.1", UserKind::Staff, "root", STAFF_PASSWORD).await.unwrap();
    for _ in 0..4 {
        world.sign_in_from("198.51.100.1", UserKind::Staff, "root", WRONG).await.unwrap_err();
    }
    let refused = world.sign_in_from("198.51.100.1", UserKind::Staff, "root", STAFF_PASSWORD).await;
    assert_eq!(wait_of(&refused.unwrap_err()), Some(Duration::from_secs(1)), "elsewhere it waits");
    for number in 0..51 {
        attempt_from(&world, "192.0.2.1", &format!("name{number}")).await;
    }
    assert!(wait_of(&attempt_from(&world, "192.0.2.1", "another").await).is_some());
    world.sign_in_from("192.0.2.1", UserKind::Staff, "root", STAFF_PASSWORD).await.unwrap();
    // Guessing from there is slowed like everywhere.
    for _ in 0..4 {
        world.sign_in_from("192.0.2.1", UserKind::Staff, "root", WRONG).await.unwrap_err();
    }
    let refused = world.sign_in_from("192.0.2.1", UserKind::Staff, "root", STAFF_PASSWORD).await;
    assert_eq!(wait_of(&refused.unwrap_err()), Some(Duration::from_secs(1)));
    world.end().await;
}

#[tokio::test]
async fn an_office_that_signs_in_at_once_gets_in() {
    let world = World::new().await;
    sqlx::query!(
        "insert into identity.staff (staff_id, username, username_key, display_name, email, email_key, role_id,
             password_hash, password_temporary, password_set_at, created_at, updated_at)
         select gen_random_uuid(), 'user' || n, 'user' || n, 'User', 'user' || n || '@example.com',
             'user' || n || '@example.com', 'viewer', password_hash, false, created_at, created_at, created_at
         from identity.staff, generate_series(1, 40) n"
    )
    .execute(world.database.pool())
    .await
    .unwrap();
    // Forty, or as many as this machine looks at within three of the four seconds that each may wait.
    let began = Instant::now();
    world.sign_in_from("192.0.2.1", UserKind::Staff, "root", STAFF_PASSWORD).await.unwrap();
    let office = (3_000 / began.elapsed().as_millis().max(1)).clamp(2, 40);
    let sign_ins = (1..=office).map(async |number| {
        world.sign_in_from("192.0.2.1", UserKind::Staff, &format!("user{number}"), STAFF_PASSWORD).await
    });
    let refused: Vec<_> = join_all(sign_ins).await.into_iter().filter_map(Result::err).collect();
    assert!(refused.is_empty(), "{} of {office} refused: {:?}", refused.len(), refused.first());
    world.end().await;
}

#[tokio::test]
async fn an_outage_counts_as_no_wrong_password() {
    let world = World::new().await;
    world.rename_table("session", "session_gone").await;
    for attempt in 0..12 {
        let failed = world.sign_in(UserKind::Staff, "root", STAFF_PASSWORD).await.unwrap_err();
        assert_eq!(failed.code(), Code::Internal, "{attempt}");
    }
    world.rename_table("session_gone", "session").await;
    world.sign_in(UserKind::Staff, "root", STAFF_PASSWORD).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn an_attempt_that_ends_with_its_process_lapses() {
    let world = World::new().await;
    let now = world.clock().now();
    world.sign_in(UserKind::Staff, "root", WRONG).await.unwrap_err();
    sqlx::query!("update identity.throttle set open = 4, lapses_at = $1", now + Duration::from_secs(10))
        .execute(world.database.pool())
        .await
        .unwrap();
    let refused = world.sign_in(UserKind::Staff, "root", STAFF_PASSWORD).await.unwrap_err();
    assert_eq!(wait_of(&refused), Some(Duration::from_secs(1)));
    world.clock().advance(Duration::from_secs(10));
    world.sign_in(UserKind::Staff, "root", STAFF_PASSWORD).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn nobody_but_the_gateway_says_where_a_call_comes_from() {
    let world = World::new().await;
    let attempt = async |number: u32| {
        let mut request = Request::new(CreateSessionRequest {
            identifier: format!("name{number}"),
            password: WRONG.to_owned(),
            user_kind: UserKind::Customer.into(),
            ..Default::default()
        });
        let address = format!("192.0.2.{number}");
        request.metadata_mut().insert("patron-client-address", address.parse().unwrap());
        world.sessions().create_session(request).await.unwrap_err()
    };
    for number in 0..51 {
        assert_eq!(attempt(number).await.code(), Code::Unauthenticated, "{number}");
    }
    assert_eq!(wait_of(&attempt(99).await), Some(Duration::from_secs(1)));
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
