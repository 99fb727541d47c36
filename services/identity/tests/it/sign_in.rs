use crate::{
    fixture::{STAFF_PASSWORD, TEMPORARY, World, new_customer},
    refusal::reason,
};
use patron_chassis::peer::Peer;
use patron_proto::{
    event::v1::{CustomerSignIn, customer_reference::State, event::Snapshot},
    identity::v1::{DisableAccountRequest, GetAccountRequest, GetStaffRequest, UserKind},
};
use tonic::Code;

#[tokio::test]
async fn staff_sign_in_by_username_or_email_however_they_are_typed() {
    let world = World::new().await;
    for identifier in ["root", " ROOT", "ｒｏｏｔ", "root@example.com", "Root@EXAMPLE.com"] {
        let session = world.sign_in(UserKind::Staff, identifier, STAFF_PASSWORD).await.unwrap();
        assert_eq!(session.user_display_name, "Administrator", "{identifier}");
        assert_eq!(session.permissions.len(), 29);
        assert!(!session.secret.is_empty() && !session.access_token.is_empty());
    }
    world.end().await;
}

#[tokio::test]
async fn whoever_may_not_sign_in_gets_one_answer() {
    let world = World::new().await;
    let customer = world.customer("luis@example.com").await;
    world.account(&customer, "luisg").await;
    let disabled = world.customer("bjorn@example.com").await;
    world.account(&disabled, "bjorn").await;
    let administrator = world.administrator().await;
    let request = DisableAccountRequest { name: format!("{disabled}/account"), ..Default::default() };
    world.accounts().disable_account(administrator.ask(request)).await.unwrap();

    let mut answers = Vec::new();
    for (kind, identifier, password) in [
        (UserKind::Customer, "luisg", "not the password"),
        (UserKind::Customer, "nobody", TEMPORARY),
        (UserKind::Customer, "bjorn", TEMPORARY),
        (UserKind::Customer, "nobody@example.com", TEMPORARY),
        (UserKind::Customer, "neither name\u{202e} nor@email", TEMPORARY),
        (UserKind::Customer, "root", STAFF_PASSWORD),
        (UserKind::Staff, "luisg", TEMPORARY),
    ] {
        let refused = world.sign_in(kind, identifier, password).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated, "{identifier}");
        assert_eq!(reason(&refused), "CREDENTIALS_INVALID");
        answers.push((refused.message().to_owned(), refused.details().to_vec()));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    world.end().await;
}

#[tokio::test]
async fn customers_sign_in_by_the_email_that_profile_has_last() {
    let world = World::new().await;
    let customer = world.customer("luis@example.com").await;
    world.account(&customer, "luisg").await;
    world.sign_in(UserKind::Customer, "LUIS@example.com", TEMPORARY).await.unwrap();
    world.publish(&customer, |it| it.email = "luis@embraer.com.br".into()).await;
    world.sign_in(UserKind::Customer, "luis@embraer.com.br", TEMPORARY).await.unwrap();
    world.sign_in(UserKind::Customer, "luis@example.com", TEMPORARY).await.unwrap_err();
    world.end().await;
}

#[tokio::test]
async fn an_email_passed_on_is_the_later_owners_in_whichever_order_the_events_come() {
    let world = World::new().await;
    let (first, second) =
        (world.customer("shared@example.com").await, world.customer("other@example.com").await);
    world.account(&first, "first").await;
    world.account(&second, "second").await;
    let (given_up, published_later) =
        ("new@example.com", world.profile_learns(&first, |it| it.email = "new@example.com".into()));
    world.clock().advance(std::time::Duration::from_secs(1));
    world.publish(&second, |it| it.email = "shared@example.com".into()).await;
    let session = world.sign_in(UserKind::Customer, "shared@example.com", TEMPORARY).await.unwrap();
    assert_eq!(session.user, second);
    world.deliver(published_later).await;
    let session = world.sign_in(UserKind::Customer, "shared@example.com", TEMPORARY).await.unwrap();
    assert_eq!(session.user, second);
    assert_eq!(world.sign_in(UserKind::Customer, given_up, TEMPORARY).await.unwrap().user, first);
    world.end().await;
}

#[tokio::test]
async fn a_customer_signs_in_as_soon_as_profile_says_it_is_whole() {
    let world = World::new().await;
    let customer = new_customer();
    crate::creation::create(&world, &customer, "luisg", TEMPORARY).await.unwrap();
    world.profile_learns(&customer, |it| it.set_state(State::Pending));
    world.sign_in(UserKind::Customer, "luisg", TEMPORARY).await.unwrap_err();
    // No event has reached identity yet, so it asks.
    world.profile_learns(&customer, |it| it.set_state(State::Active));
    world.sign_in(UserKind::Customer, "luisg", TEMPORARY).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn a_sign_in_shows_on_the_record_and_in_history() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    let administrator = world.administrator().await;
    let request = GetAccountRequest { name: format!("{}/account", customer.name) };
    let account = world.accounts().get_account(administrator.ask(request)).await.unwrap().into_inner();
    assert_eq!(account.last_sign_in_time, customer.session.create_time);
    let request = GetStaffRequest { name: administrator.name.clone() };
    let staff = world.staff().get_staff(administrator.ask(request)).await.unwrap().into_inner();
    assert!(staff.last_sign_in_time.is_some());

    let sign_in = format!("{}/sign_in", customer.name);
    let event = world.peers.await_events(Peer::PROFILE, &sign_in, 1).await.remove(0);
    let told = CustomerSignIn { last_sign_in_time: account.last_sign_in_time };
    assert_eq!(event.snapshot, Some(Snapshot::SignIn(told)));
    let sessions = format!("{}/sessions", customer.name);
    let event = world.peers.await_events(Peer::ACTIVITY, &sessions, 1).await.remove(0);
    let context = event.context.unwrap();
    assert_eq!(event.resource, customer.session.name);
    assert_eq!((event.r#type.as_str(), context.origin.as_str()), ("session.created", "customer"));
    assert_eq!((&event.customer, &context.actor), (&customer.name, &customer.name));
    let sessions = format!("{}/sessions", administrator.name);
    let event = world.peers.await_events(Peer::ACTIVITY, &sessions, 2).await.remove(1);
    let context = event.context.unwrap();
    assert_eq!(event.resource, administrator.session.name);
    assert_eq!(
        (context.actor.as_str(), context.actor_display_name.as_str()),
        (administrator.name.as_str(), "Administrator")
    );
    assert_eq!(event.customer, "");
    world.end().await;
}

#[tokio::test]
async fn a_second_replica_creates_no_second_administrator() {
    let world = World::new().await;
    world.replica().await;
    let staff = sqlx::query_scalar!(r#"select count(*) as "count!" from identity.staff"#);
    assert_eq!(staff.fetch_one(world.database.pool()).await.unwrap(), 1);
    world.end().await;
}
