use crate::{
    fixture::{CUSTOMER_PASSWORD, TEMPORARY, World, new_customer},
    refusal::{fields, rule},
};
use patron_chassis::peer::Peer;
use patron_proto::{
    event::{
        internal::v1::deliver_events_response::Outcome,
        v1::{ChangeContext, customer_reference::State},
    },
    identity::{
        internal::v1::{CreateAccountRequest, ValidateAccountRequest},
        v1::{EnableAccountRequest, NewAccount, UserKind},
    },
};
use tonic::{Code, Status};

fn request(customer: &str, username: &str, password: &str) -> CreateAccountRequest {
    CreateAccountRequest {
        customer: customer.to_owned(),
        account: Some(NewAccount {
            username: username.to_owned(),
            password: password.to_owned(),
            ..Default::default()
        }),
        email: "luis@example.com".to_owned(),
        password_needed: true,
        context: Some(ChangeContext { actor: "services/shop".to_owned(), ..Default::default() }),
        ..Default::default()
    }
}

/// What profile asks for while it creates a customer.
pub(crate) async fn create(
    world: &World,
    customer: &str,
    username: &str,
    password: &str,
) -> Result<(), Status> {
    world
        .creation()
        .create_account(request(customer, username, password))
        .await
        .map(tonic::Response::into_inner)
}

/// The same for a customer who is put into a group that requires approval.
pub(crate) async fn create_to_be_approved(
    world: &World,
    customer: &str,
    username: &str,
    password: &str,
) -> Result<(), Status> {
    let request = CreateAccountRequest { approval_needed: true, ..request(customer, username, password) };
    world.creation().create_account(request).await.map(tonic::Response::into_inner)
}

/// The same for an account that nobody signs in with before staff enable it.
pub(crate) async fn create_disabled(world: &World, customer: &str, username: &str) -> Result<(), Status> {
    let mut request =
        CreateAccountRequest { approval_needed: true, ..request(customer, username, CUSTOMER_PASSWORD) };
    request.account.get_or_insert_default().disabled = true;
    world.creation().create_account(request).await.map(tonic::Response::into_inner)
}

/// How many events wait for their customers to be whole, each counted for each of its subscribers.
async fn held_back(world: &World) -> i64 {
    let rows = sqlx::query_scalar!(
        r#"select count(*) as "count!" from identity.queue where staged_for is not null"#
    );
    rows.fetch_one(world.database.pool()).await.unwrap()
}

#[tokio::test]
async fn an_account_is_not_published_before_its_customer_is_whole() {
    let world = World::new().await;
    let customer = new_customer();
    create(&world, &customer, "luisg", CUSTOMER_PASSWORD).await.unwrap();
    let account = format!("{customer}/account");
    assert_eq!(held_back(&world).await, 2);
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap_err();

    world.publish(&customer, |it| it.email = "luis@example.com".into()).await;
    assert_eq!(held_back(&world).await, 0);
    let event = world.peers.await_events(Peer::PROFILE, &account, 1).await.remove(0);
    assert_eq!((event.r#type.as_str(), event.version), ("account.created", 1));
    assert_eq!(event.context.unwrap().actor, "services/shop");
    for identifier in ["luisg", "luis@example.com"] {
        let session = world.sign_in(UserKind::Customer, identifier, CUSTOMER_PASSWORD).await.unwrap();
        assert!(!session.password_change_required, "the customer chose it at the shop");
    }
    world.end().await;
}

#[tokio::test]
async fn a_password_that_staff_gave_is_temporary() {
    let world = World::new().await;
    let customer = new_customer();
    let context = Some(ChangeContext { actor: world.administrator().await.name, ..Default::default() });
    let by_staff = CreateAccountRequest { context, ..request(&customer, "luisg", TEMPORARY) };
    world.creation().create_account(by_staff).await.unwrap();
    world.publish(&customer, |_| ()).await;
    assert!(world.sign_in(UserKind::Customer, "luisg", TEMPORARY).await.unwrap().password_change_required);
    world.end().await;
}

#[tokio::test]
async fn a_repeated_step_finds_the_account_without_its_password() {
    let world = World::new().await;
    let customer = new_customer();
    create(&world, &customer, "luisg", CUSTOMER_PASSWORD).await.unwrap();
    create(&world, &customer, "luisg", "").await.unwrap();
    assert_eq!(held_back(&world).await, 2);
    world.publish(&customer, |_| ()).await;
    create(&world, &customer, "luisg", "").await.unwrap();
    assert_eq!(held_back(&world).await, 0);
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap();

    let refused = create(&world, &new_customer(), "other", "").await.unwrap_err();
    assert_eq!((refused.code(), rule(&refused).as_str()), (Code::FailedPrecondition, "PASSWORD_LOST"));
    let by_email_only = CreateAccountRequest { password_needed: false, ..request(&new_customer(), "", "") };
    world.creation().create_account(by_email_only).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn two_tries_of_one_step_at_once_make_one_account() {
    let world = World::new().await;
    let customer = new_customer();
    let done = tokio::join!(
        create(&world, &customer, "luisg", CUSTOMER_PASSWORD),
        create(&world, &customer, "luisg", CUSTOMER_PASSWORD),
    );
    assert!(done.0.is_ok() && done.1.is_ok(), "{done:?}");
    assert_eq!(held_back(&world).await, 2);
    world.end().await;
}

#[tokio::test]
async fn a_step_that_comes_after_the_end_is_refused() {
    let world = World::new().await;
    let given_up = new_customer();
    world.publish(&given_up, |it| it.set_state(State::Deleted)).await;
    let refused = create(&world, &given_up, "luisg", CUSTOMER_PASSWORD).await.unwrap_err();
    assert_eq!(
        (refused.code(), rule(&refused).as_str()),
        (Code::FailedPrecondition, "CUSTOMER_NOT_BEING_CREATED")
    );
    let whole = world.customer("luis@example.com").await;
    let refused = create(&world, &whole, "luisg", CUSTOMER_PASSWORD).await.unwrap_err();
    assert_eq!(rule(&refused), "CUSTOMER_NOT_BEING_CREATED");
    world.end().await;
}

#[tokio::test]
async fn a_creation_that_is_given_up_leaves_nothing_and_frees_the_username() {
    let world = World::new().await;
    let customer = new_customer();
    create(&world, &customer, "luisg", CUSTOMER_PASSWORD).await.unwrap();
    assert_eq!(world.publish(&customer, |it| it.set_state(State::Deleted)).await, Outcome::Applied);
    assert_eq!(held_back(&world).await, 0);
    assert!(world.peers.events(Peer::PROFILE, &format!("{customer}/account")).is_empty());
    create(&world, &new_customer(), "luisg", CUSTOMER_PASSWORD).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn an_account_is_checked_as_its_creation_would_and_nothing_is_stored() {
    let world = World::new().await;
    let validate = async |username: &str, password: &str| {
        let account = Some(NewAccount {
            username: username.to_owned(),
            password: password.to_owned(),
            ..Default::default()
        });
        let request = ValidateAccountRequest { account, email: "luis@example.com".to_owned() };
        world.creation().validate_account(request).await.map(drop)
    };
    validate("luisg", CUSTOMER_PASSWORD).await.unwrap();
    create(&world, &new_customer(), "luisg", CUSTOMER_PASSWORD).await.unwrap();
    let refused = validate("LUISG", CUSTOMER_PASSWORD).await.unwrap_err();
    assert_eq!(
        (refused.code(), fields(&refused)),
        (Code::AlreadyExists, vec!["account.username".to_owned()])
    );
    let refused = validate("l", "luis@example.com").await.unwrap_err();
    assert_eq!(fields(&refused), ["account.username", "account.password"]);
    world.end().await;
}

#[tokio::test]
async fn a_customer_who_is_being_deleted_is_signed_out_for_good() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    for _ in 0..2 {
        world.publish(&customer.name, |it| it.set_state(State::Deleting)).await;
    }
    world.refused(customer.token()).await;
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap_err();
    let administrator = world.administrator().await;
    let enable = EnableAccountRequest { name: format!("{}/account", customer.name), ..Default::default() };
    let refused = world.accounts().enable_account(administrator.ask(enable)).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound, "nobody writes for who is being deleted");
    // A change that was made before comes late.
    world.publish(&customer.name, |it| it.set_state(State::Active)).await;
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap_err();
    world.end().await;
}

#[tokio::test]
async fn a_customer_deleted_before_it_is_known_to_be_whole_never_gets_in() {
    let world = World::new().await;
    let customer = new_customer();
    create(&world, &customer, "luisg", CUSTOMER_PASSWORD).await.unwrap();
    world.publish(&customer, |it| it.set_state(State::Deleting)).await;
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap_err();
    world.end().await;
}
