use crate::{
    fixture::{CUSTOMER_PASSWORD, STAFF_PASSWORD, TEMPORARY, World, staff},
    refusal::{fields, reason},
};
use argon2::{Algorithm, Argon2, Params, Version, password_hash::PasswordHasher as _};
use patron_chassis::{peer::Peer, testing::with_token};
use patron_proto::identity::v1::{
    ChangePasswordRequest, CreateStaffRequest, DeleteSessionRequest, GetAccountRequest, GetSessionRequest,
    ListRolesRequest, ListStaffRequest, RefreshSessionRequest, SetAccountPasswordRequest, UserKind,
};
use std::time::Duration;
use tonic::Code;

fn change(old: &str, new: &str) -> ChangePasswordRequest {
    ChangePasswordRequest { old_password: old.to_owned(), new_password: new.to_owned() }
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_and_every_older_token() {
    let world = World::new().await;
    let (here, elsewhere) = (world.administrator().await, world.administrator().await);
    let new = "another fine password";
    let changed = world.sessions().change_password(here.ask(change(STAFF_PASSWORD, new))).await.unwrap();
    let changed = changed.into_inner();
    world.refused(elsewhere.token()).await;
    world.refused(here.token()).await;
    assert_eq!(changed.name, here.session.name);
    let request = with_token(&changed.access_token, ListRolesRequest::default());
    world.roles().list_roles(request).await.unwrap();
    let refresh = |secret: &str| RefreshSessionRequest { secret: secret.to_owned() };
    world.sessions().refresh_session(refresh(&changed.secret)).await.unwrap();
    world.sessions().refresh_session(refresh(&here.session.secret)).await.unwrap_err();
    world.sessions().refresh_session(refresh(&elsewhere.session.secret)).await.unwrap_err();
    world.sign_in(UserKind::Staff, "root", STAFF_PASSWORD).await.unwrap_err();
    world.sign_in(UserKind::Staff, "root", new).await.unwrap();
    assert_eq!(world.history(&here.name, 2).await, ["staff.created", "staff.password_changed"]);
    world.end().await;
}

#[tokio::test]
async fn a_new_password_must_be_good_and_the_old_one_right() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    for (old, new, field) in [
        ("not the password", "another fine password", "old_password"),
        (STAFF_PASSWORD, "fourteen chars", "new_password"),
        (STAFF_PASSWORD, "Password-1234567", "new_password"),
        (STAFF_PASSWORD, "root@example.com is me", "new_password"),
        (STAFF_PASSWORD, STAFF_PASSWORD, "new_password"),
    ] {
        let refused =
            world.sessions().change_password(administrator.ask(change(old, new))).await.unwrap_err();
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, vec![field.to_owned()]),
            "{new}"
        );
        world.clock().advance(Duration::from_secs(20));
    }
    world.end().await;
}

#[tokio::test]
async fn a_temporary_password_is_good_for_nothing_but_to_change_it() {
    let world = World::new().await;
    let customer = world.customer("luis@example.com").await;
    let account = world.account(&customer, "luisg").await;
    assert!(account.password_temporary && account.password_set);
    let session = world.sign_in(UserKind::Customer, "luisg", TEMPORARY).await.unwrap();
    assert!(session.password_change_required && session.permissions.is_empty());
    let get = || GetAccountRequest { name: account.name.clone() };
    let request = with_token(&session.access_token, get());
    let refused = world.accounts().get_account(request).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::PermissionDenied, "PASSWORD_CHANGE_REQUIRED")
    );
    // The same again is no change.
    let request = with_token(&session.access_token, change(TEMPORARY, TEMPORARY));
    assert_eq!(fields(&world.sessions().change_password(request).await.unwrap_err()), ["new_password"]);

    let session = world.replace_temporary(session, CUSTOMER_PASSWORD).await;
    assert!(!session.password_change_required && !session.permissions.is_empty());
    let request = with_token(&session.access_token, get());
    assert!(!world.accounts().get_account(request).await.unwrap().into_inner().password_temporary);
    let history = world.history(&account.name, 2).await;
    assert_eq!(history, ["account.created", "account.password_changed"]);
    world.end().await;
}

#[tokio::test]
async fn staff_with_a_temporary_password_are_told_to_change_it_whatever_they_call_and_can_sign_out() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    for role in ["administrator", "viewer"] {
        let staff = Some(staff(&format!("new-{role}"), role));
        let request = CreateStaffRequest { staff, password: TEMPORARY.to_owned(), request_id: String::new() };
        world.staff().create_staff(administrator.ask(request)).await.unwrap();
        let session = world.sign_in(UserKind::Staff, &format!("new-{role}"), TEMPORARY).await.unwrap();
        let token = &session.access_token;
        let list = world.staff().list_staff(with_token(token, ListStaffRequest::default())).await;
        assert_eq!(reason(&list.unwrap_err()), "PASSWORD_CHANGE_REQUIRED", "{role}");
        let get = GetAccountRequest { name: format!("{}/account", crate::fixture::new_customer()) };
        let get = world.accounts().get_account(with_token(token, get)).await;
        assert_eq!(reason(&get.unwrap_err()), "PASSWORD_CHANGE_REQUIRED", "{role}");
        let own = || "sessions/current".to_owned();
        let get = with_token(token, GetSessionRequest { name: own() });
        assert!(world.sessions().get_session(get).await.unwrap().into_inner().password_change_required);
        let delete = with_token(token, DeleteSessionRequest { name: own() });
        world.sessions().delete_session(delete).await.unwrap();
    }
    world.end().await;
}

#[tokio::test]
async fn a_temporary_password_dies_after_three_days() {
    let world = World::new().await;
    let customer = world.customer("luis@example.com").await;
    let account = world.account(&customer, "luisg").await;
    world.clock().advance(Duration::from_hours(72) - Duration::from_secs(1));
    world.sign_in(UserKind::Customer, "luisg", TEMPORARY).await.unwrap();
    world.clock().advance(Duration::from_secs(1));
    world.sign_in(UserKind::Customer, "luisg", TEMPORARY).await.unwrap_err();
    let administrator = world.administrator().await;
    let request = SetAccountPasswordRequest { name: account.name, password: TEMPORARY.to_owned() };
    world.accounts().set_account_password(administrator.ask(request)).await.unwrap();
    world.sign_in(UserKind::Customer, "luisg", TEMPORARY).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn a_hash_of_other_parameters_is_replaced_at_sign_in() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(2_048, 1, 1, None).unwrap());
    let old = cheap.hash_password_with_salt(CUSTOMER_PASSWORD.as_bytes(), &[7; 16]).unwrap().to_string();
    let id = customer.name.trim_start_matches("customers/").parse::<uuid::Uuid>().unwrap();
    sqlx::query!("update identity.account set password_hash = $2 where customer_id = $1", id, old)
        .execute(world.database.pool())
        .await
        .unwrap();
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap();
    let hash = sqlx::query_scalar!(
        r#"select password_hash as "hash!" from identity.account where customer_id = $1"#,
        id
    );
    let hash = hash.fetch_one(world.database.pool()).await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn no_table_holds_a_password_or_what_is_made_of_it_but_its_hash() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let request = |password: &str| CreateStaffRequest {
        staff: Some(staff("mary", "viewer")),
        password: password.to_owned(),
        request_id: crate::fixture::request_id(1),
    };
    world.staff().create_staff(administrator.ask(request(TEMPORARY))).await.unwrap();
    let customer = world.customer("luis@example.com").await;
    world.account(&customer, "luisg").await;
    for table in ["idempotency", "account", "staff"] {
        let query = format!("select row_to_json(it)::text from identity.{table} it");
        #[expect(clippy::disallowed_methods, reason = "one statement for every table")]
        let rows: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_all(world.database.pool()).await.unwrap();
        let hidden =
            rows.iter().all(|row| !row.contains(TEMPORARY) && !row.contains(&hex::encode(TEMPORARY)));
        assert!(!rows.is_empty() && hidden, "{table}");
    }
    for event in world.peers.await_events(Peer::ACTIVITY, &format!("{customer}/account"), 1).await {
        assert!(!format!("{event:?}").contains(TEMPORARY));
    }
    // The digest that a repeated request is known by says nothing of the password either: another one changes nothing.
    world.staff().create_staff(administrator.ask(request("a different password"))).await.unwrap();
    world.sign_in(UserKind::Staff, "mary", TEMPORARY).await.unwrap();
    world.end().await;
}
