use crate::fixture::{CUSTOMER_PASSWORD, TEMPORARY, World, new_customer};
use patron_chassis::peer::Peer;
use patron_ledger::testing::snapshots;
use patron_proto::{
    event::{internal::v1::deliver_events_response::Outcome, v1::customer_reference::State},
    identity::v1::{CreateAccountRequest, GetAccountRequest, NewAccount, RefreshSessionRequest, UserKind},
};
use patron_values::id::CustomerId;
use tonic::Code;

#[tokio::test]
async fn a_deleted_customer_leaves_no_account_and_its_username_stays_taken() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    assert_eq!(world.publish(&customer.name, |it| it.set_state(State::Deleted)).await, Outcome::Applied);
    world.refused(customer.token()).await;
    let refresh = RefreshSessionRequest { secret: customer.session.secret.clone() };
    world.sessions().refresh_session(refresh).await.unwrap_err();
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap_err();

    let administrator = world.administrator().await;
    let get = GetAccountRequest { name: format!("{}/account", customer.name) };
    assert_eq!(
        world.accounts().get_account(administrator.ask(get)).await.unwrap_err().code(),
        Code::NotFound
    );
    let other = world.customer("other@example.com").await;
    let account =
        Some(NewAccount { username: "LuisG".into(), password: String::new(), ..Default::default() });
    let request = CreateAccountRequest { parent: other, account, request_id: String::new() };
    let refused = world.accounts().create_account(administrator.ask(request)).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    world.end().await;
}

#[tokio::test]
async fn of_a_deleted_customers_username_a_keyed_hash_is_left_and_nothing_else() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    let given_up = new_customer();
    crate::creation::create(&world, &given_up, "katja", CUSTOMER_PASSWORD).await.unwrap();
    for customer in [&customer.name, &given_up] {
        world.publish(customer, |it| it.set_state(State::Deleted)).await;
    }
    let hashes = sqlx::query_scalar!("select username_hash from identity.retired_username");
    assert_eq!(hashes.fetch_all(world.database.pool()).await.unwrap().len(), 1, "that of who was there");
    let tables = sqlx::query_scalar!(
        r#"select table_name::text as "name!" from information_schema.tables
           where table_schema = 'identity' and table_name <> 'queue'"#
    );
    for table in tables.fetch_all(world.database.pool()).await.unwrap() {
        let query = format!("select row_to_json(it)::text from identity.{table} it");
        #[expect(clippy::disallowed_methods, reason = "one statement for every table")]
        let rows: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_all(world.database.pool()).await.unwrap();
        assert!(rows.iter().all(|row| !row.contains("luisg")), "{table}");
    }
    let other = world.customer("other@example.com").await;
    world.account(&other, "katja").await;
    world.end().await;
}

#[tokio::test]
async fn names_of_customers_who_went_before_names_were_hashed_stay_taken() {
    let world = World::new().await;
    sqlx::query!("insert into identity.username (username_key) values ('kate'), ('kаtе')")
        .execute(world.database.pool())
        .await
        .unwrap();
    let _replica = world.replica().await;
    let left = sqlx::query_scalar!(r#"select count(*) as "count!" from identity.username"#);
    assert_eq!(left.fetch_one(world.database.pool()).await.unwrap(), 0);
    let customer = world.customer("kate@example.com").await;
    let account = Some(NewAccount { username: "Kate".into(), password: String::new(), ..Default::default() });
    let request = CreateAccountRequest { parent: customer, account, request_id: String::new() };
    let administrator = world.administrator().await;
    let refused = world.accounts().create_account(administrator.ask(request)).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    world.end().await;
}

#[tokio::test]
async fn a_late_event_revives_nothing() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    let late = world.profile_learns(&customer.name, |it| it.email = "late@example.com".into());
    let deleted = world.profile_learns(&customer.name, |it| it.set_state(State::Deleted));
    assert_eq!(world.deliver(deleted.clone()).await, Outcome::Applied, "it says all there is");
    assert_eq!(world.deliver(late).await, Outcome::Applied, "it changes nothing");
    assert_eq!(world.deliver(deleted).await, Outcome::Applied);
    world.sign_in(UserKind::Customer, "late@example.com", CUSTOMER_PASSWORD).await.unwrap_err();
    let refused =
        crate::creation::create(&world, &customer.name, "again", CUSTOMER_PASSWORD).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    world.end().await;
}

#[tokio::test]
async fn a_customer_of_whom_no_event_has_come_is_asked_for() {
    let world = World::new().await;
    let customer = new_customer();
    world.profile_learns(&customer, |it| it.email = "luis@example.com".into());
    world.account(&customer, "luisg").await;
    world.sign_in(UserKind::Customer, "luis@example.com", TEMPORARY).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn a_deletion_whose_event_has_not_come_is_not_learnt_by_asking() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    world.profile_learns(&customer.name, |it| it.set_state(State::Deleted));
    let rep = world.staff_user("rep", "sales-rep").await;
    let get = GetAccountRequest { name: format!("{}/account", customer.name) };
    let refused = world.accounts().get_account(rep.ask(get)).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    world.end().await;
}

#[tokio::test]
async fn a_customer_of_someone_else_is_looked_for_in_the_steps_of_one_who_does_not_exist() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    let rep = world.staff_user("rep", "sales-rep").await;
    let locked = async || {
        let id = CustomerId::parse(&customer.name).unwrap().0;
        let row = sqlx::query_scalar!(
            r#"select xmax::text as "xmax!" from identity.customer_ref where customer_id = $1"#,
            id
        );
        row.fetch_one(world.database.pool()).await.unwrap()
    };
    let before = locked().await;
    let mut answers = Vec::new();
    for name in [customer.name.clone(), new_customer()] {
        let asked = world.peers.times_profile_was_asked();
        let get = GetAccountRequest { name: format!("{name}/account") };
        let refused = world.accounts().get_account(rep.ask(get)).await.unwrap_err();
        let asked = world.peers.times_profile_was_asked() - asked;
        answers.push((refused.code(), refused.message().replace(&name, ""), asked));
    }
    assert_eq!(answers[0], (Code::NotFound, answers[1].1.clone(), 1));
    assert_eq!(answers[0], answers[1]);
    assert_eq!(locked().await, before, "a lock takes a write to disk, and shows in the time");
    world.end().await;
}

#[tokio::test]
async fn a_snapshot_says_what_the_last_event_said() {
    let world = World::new().await;
    let customer = world.customer("luis@embraer.com.br").await;
    world.account(&customer, "luis").await;
    world.sign_in(UserKind::Customer, "luis", TEMPORARY).await.unwrap();
    let snapshots = snapshots(world.mesh.client_as("profile", &world.identity)).await;
    assert_eq!(snapshots.len(), 2);
    for (snapshot, aggregate) in snapshots.into_iter().zip(["account", "sign_in"]) {
        let aggregate = format!("{customer}/{aggregate}");
        let last = world.peers.await_events(Peer::PROFILE, &aggregate, 1).await.remove(0);
        assert_eq!(
            (snapshot.aggregate, snapshot.version, snapshot.snapshot),
            (last.aggregate, last.version, last.snapshot)
        );
    }
    world.end().await;
}
