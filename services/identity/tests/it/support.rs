//! What members of staff can do with the sign-in of a customer, and what history says of it.

use crate::{
    fixture::{CUSTOMER_PASSWORD, SignedIn, TEMPORARY, World},
    refusal::{fields, reason, rule},
};
use patron_chassis::peer::Peer;
use patron_proto::identity::v1::{
    Account, CreateResetCodeRequest, DisableAccountRequest, RefreshSessionRequest, ResetPasswordRequest,
    SetAccountPasswordRequest, UserKind,
};
use std::time::Duration;
use tonic::{Code, Status};

const CHOSEN: &str = "seven green bottles";

async fn set_password(world: &World, by: &SignedIn, customer: &str) -> Result<Account, Status> {
    let name = format!("{customer}/account");
    let request = SetAccountPasswordRequest { name, password: TEMPORARY.to_owned() };
    world.accounts().set_account_password(by.ask(request)).await.map(tonic::Response::into_inner)
}

async fn reset_code(world: &World, by: &SignedIn, customer: &str) -> Result<String, Status> {
    let request = CreateResetCodeRequest { name: format!("{customer}/account") };
    world.accounts().create_reset_code(by.ask(request)).await.map(|reply| reply.into_inner().code)
}

async fn reset(world: &World, code: &str, password: &str) -> Result<(), Status> {
    let request = ResetPasswordRequest { code: code.to_owned(), password: password.to_owned() };
    world.accounts().reset_password(request).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn support_sets_the_password_of_a_customer_who_never_signed_in_and_of_no_other() {
    let world = World::new().await;
    let support = world.staff_user("sue", "support").await;
    let new = world.customer("new@example.com").await;
    world.account(&new, "newcomer").await;
    set_password(&world, &support, &new).await.unwrap();
    let session = world.sign_in(UserKind::Customer, "newcomer", TEMPORARY).await.unwrap();
    world.replace_temporary(session, CUSTOMER_PASSWORD).await;
    let refused = set_password(&world, &support, &new).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "PERMISSION_MISSING"));
    world.sign_in(UserKind::Customer, "newcomer", CUSTOMER_PASSWORD).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn who_may_act_as_customers_must_have_signed_in_lately_to_set_a_password() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    let manager = world.staff_user("maria", "manager").await;
    world.clock().advance(Duration::from_mins(16));
    let request = RefreshSessionRequest { secret: manager.session.secret.clone() };
    let session = world.sessions().refresh_session(request).await.unwrap().into_inner();
    let later = SignedIn { name: manager.name, session };
    let refused = set_password(&world, &later, &customer.name).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "STEP_UP_REQUIRED"));
    let administrator = world.administrator().await;
    set_password(&world, &administrator, &customer.name).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn history_says_who_set_a_password_and_that_it_was_changed_with_it() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    let administrator = world.administrator().await;
    set_password(&world, &administrator, &customer.name).await.unwrap();
    let session = world.sign_in(UserKind::Customer, "luisg", TEMPORARY).await.unwrap();
    world.replace_temporary(session, CHOSEN).await;
    let account = format!("{}/account", customer.name);
    let events = world.peers.await_events(Peer::ACTIVITY, &account, 4).await;
    let given_by = |event: usize| {
        let change = events[event].changes.iter().find(|change| change.field == "password_given_by");
        change.map(|change| (change.old.clone(), change.new.clone()))
    };
    let staff = administrator.name;
    assert_eq!(
        (events[2].r#type.as_str(), given_by(2)),
        ("account.password_set", Some((Some(String::new().into()), Some(staff.clone().into()))))
    );
    assert_eq!(
        (events[3].r#type.as_str(), given_by(3)),
        ("account.password_changed", Some((Some(staff.into()), Some(String::new().into()))))
    );
    assert_eq!(events[3].context.as_ref().unwrap().actor, customer.name);
    world.end().await;
}

#[tokio::test]
async fn a_reset_code_that_support_reads_out_sets_a_new_password_once() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    let support = world.staff_user("sue", "support").await;
    let code = reset_code(&world, &support, &customer.name).await.unwrap();
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap();
    assert_eq!(fields(&reset(&world, &code, "luisg-luisg-luisg").await.unwrap_err()), ["password"]);
    reset(&world, &code.to_lowercase().replace('-', " "), CHOSEN).await.unwrap();
    world.refused(customer.token()).await;
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap_err();
    assert!(!world.sign_in(UserKind::Customer, "luisg", CHOSEN).await.unwrap().password_change_required);
    let refused = reset(&world, &code, "another fine password").await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unauthenticated, "CREDENTIALS_INVALID"));

    let account = format!("{}/account", customer.name);
    let events = world.peers.await_events(Peer::ACTIVITY, &account, 4).await;
    let kinds: Vec<_> = events[2..].iter().map(|event| event.r#type.as_str()).collect();
    assert_eq!(kinds, ["account.reset_code_created", "account.password_reset"]);
    assert_eq!(events[2].context.as_ref().unwrap().actor, support.name);
    assert_eq!(events[3].context.as_ref().unwrap().actor, customer.name);
    assert_eq!(
        (events[3].changes[0].field.as_str(), events[3].changes[0].new.clone()),
        ("password_given_by", Some(support.name.clone().into()))
    );
    assert!(!format!("{events:?}").contains(&code));
    world.end().await;
}

#[tokio::test]
async fn a_reset_code_ends_after_ten_minutes_and_with_the_next_one() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    let administrator = world.administrator().await;
    let first = reset_code(&world, &administrator, &customer.name).await.unwrap();
    let second = reset_code(&world, &administrator, &customer.name).await.unwrap();
    assert_eq!(reset(&world, &first, CHOSEN).await.unwrap_err().code(), Code::Unauthenticated);
    world.clock().advance(Duration::from_mins(10));
    assert_eq!(reset(&world, &second, CHOSEN).await.unwrap_err().code(), Code::Unauthenticated);
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn no_code_is_given_for_a_customer_who_may_not_sign_in_or_whom_the_caller_does_not_see() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    let administrator = world.administrator().await;
    let rep = world.staff_user("rep", "sales-rep").await;
    assert_eq!(reset_code(&world, &rep, &customer.name).await.unwrap_err().code(), Code::NotFound);
    let request = DisableAccountRequest { name: format!("{}/account", customer.name), ..Default::default() };
    world.accounts().disable_account(administrator.ask(request)).await.unwrap();
    let refused = reset_code(&world, &administrator, &customer.name).await.unwrap_err();
    assert_eq!((refused.code(), rule(&refused).as_str()), (Code::FailedPrecondition, "ACCOUNT_NOT_ACTIVE"));
    world.end().await;
}

#[tokio::test]
async fn a_reason_is_a_text_like_every_other() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    let administrator = world.administrator().await;
    for reason in ["a\0b", "a\u{202e}b", "a\nb", "\u{3164}"] {
        let name = format!("{}/account", customer.name);
        let request = DisableAccountRequest { name, reason: reason.to_owned(), ..Default::default() };
        let refused = world.accounts().disable_account(administrator.ask(request)).await.unwrap_err();
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, vec!["reason".to_owned()]),
            "{reason:?}"
        );
    }
    world.end().await;
}
