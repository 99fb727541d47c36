//! Usernames that look alike.

use crate::fixture::{TEMPORARY, World, staff};
use patron_chassis::pg::Database;
use patron_identity::{store::username::Table, username};
use patron_proto::identity::v1::{CreateAccountRequest, CreateStaffRequest, NewAccount};
use tonic::Code;

async fn create(world: &World, username: &str) -> Result<(), Code> {
    let customer = world.customer("").await;
    let account = Some(NewAccount {
        username: username.to_owned(),
        password: TEMPORARY.to_owned(),
        ..Default::default()
    });
    let request = CreateAccountRequest { parent: customer, account, request_id: String::new() };
    let administrator = world.administrator().await;
    let created = world.accounts().create_account(administrator.ask(request)).await;
    created.map(drop).map_err(|status| status.code())
}

#[tokio::test]
async fn a_username_that_looks_like_anothers_in_other_letters_is_taken() {
    let world = World::new().await;
    create(&world, "kate").await.unwrap();
    // Cyrillic а and е
    assert_eq!(create(&world, "kаtе").await, Err(Code::AlreadyExists));
    assert_eq!(create(&world, "KATE").await, Err(Code::AlreadyExists));
    create(&world, "katja").await.unwrap();
    let administrator = world.administrator().await;
    let request = |username: &str, email: &str| CreateStaffRequest {
        staff: Some(patron_proto::identity::v1::Staff {
            email: email.to_owned(),
            ..staff(username, "viewer")
        }),
        password: TEMPORARY.to_owned(),
        request_id: String::new(),
    };
    world.staff().create_staff(administrator.ask(request("kate", "one@example.com"))).await.unwrap();
    let alike = request("kаtе", "two@example.com");
    assert_eq!(
        world.staff().create_staff(administrator.ask(alike)).await.unwrap_err().code(),
        Code::AlreadyExists
    );
    world.end().await;
}

#[tokio::test]
async fn letters_and_digits_that_resemble_each_other_are_different_names() {
    let world = World::new().await;
    for username in ["anna1", "annal", "corn", "com"] {
        create(&world, username).await.unwrap_or_else(|code| panic!("{username}: {code:?}"));
    }
    // Cyrillic а and ӏ, wide and mathematical letters
    for username in ["аnnа1", "annaӏ", "ｃｏｍ", "𝐜𝐨𝐫𝐧"] {
        assert_eq!(create(&world, username).await, Err(Code::AlreadyExists), "{username}");
    }
    world.end().await;
}

#[tokio::test]
async fn names_from_before_there_were_skeletons_are_compared_too() {
    let world = World::new().await;
    let database = Database::new(world.database.pool().clone());
    for username in ["kate", "katja", "luisg"] {
        create(&world, username).await.unwrap();
    }
    // As they were before: with two that look alike.
    sqlx::query!("alter table identity.account disable trigger account_username_immutable")
        .execute(world.database.pool())
        .await
        .unwrap();
    sqlx::query!(
        "update identity.account set username_skeleton = null,
             username = replace(username, 'katja', 'kаtе'), username_key = replace(username_key, 'katja', 'kаtе')"
    )
    .execute(world.database.pool())
    .await
    .unwrap();
    username::fill(&database, Table::Customer).await.unwrap();
    username::fill(&database, Table::Customer).await.unwrap();
    let without = sqlx::query_scalar!(
        r#"select count(*) as "count!" from identity.account where username_skeleton is null"#
    );
    assert_eq!(
        without.fetch_one(world.database.pool()).await.unwrap(),
        1,
        "of two that look alike one has it"
    );
    assert_eq!(create(&world, "luіsg").await, Err(Code::AlreadyExists), "Cyrillic і");
    world.end().await;
}
