//! What members of staff learn of why a customer cannot sign in.

use crate::{
    approval::{decline, disable, waiting},
    fixture::{CUSTOMER_PASSWORD, SignedIn, TEMPORARY, World, new_customer},
    group::GOLD,
};
use patron_proto::identity::v1::{
    CreateAccountRequest, DiagnoseSignInRequest, NewAccount, SignInDiagnosis, UserKind,
    sign_in_obstacle::Reason,
};
use std::time::Duration;
use tonic::{Code, Status};

async fn diagnose(world: &World, by: &SignedIn, customer: &str) -> Result<SignInDiagnosis, Status> {
    let request = DiagnoseSignInRequest { name: format!("{customer}/account") };
    world.accounts().diagnose_sign_in(by.ask(request)).await.map(tonic::Response::into_inner)
}

/// The reasons, each with the name of the RPC that helps.
async fn reasons(world: &World, by: &SignedIn, customer: &str) -> Vec<(Reason, String)> {
    let diagnosis = diagnose(world, by, customer).await.unwrap();
    assert_eq!(diagnosis.can_sign_in, diagnosis.obstacles.is_empty());
    let remedy = |remedy: &str| remedy.rsplit('.').next().unwrap_or_default().to_owned();
    diagnosis.obstacles.iter().map(|obstacle| (obstacle.reason(), remedy(&obstacle.remedy))).collect()
}

#[tokio::test]
async fn staff_learn_why_a_customer_cannot_sign_in_and_what_helps() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let customer = world.signed_in_customer("luisg").await.name;
    assert!(reasons(&world, &administrator, &customer).await.is_empty());
    disable(&world, &administrator, &customer).await.unwrap();
    let expected = [(Reason::Disabled, "EnableAccount".to_owned())];
    assert_eq!(reasons(&world, &administrator, &customer).await, expected);

    let waits = waiting(&world, "bjorn", GOLD).await;
    let approve = || "ApproveAccount".to_owned();
    assert_eq!(reasons(&world, &administrator, &waits).await, [(Reason::PendingApproval, approve())]);
    decline(&world, &administrator, &waits).await.unwrap();
    assert_eq!(reasons(&world, &administrator, &waits).await, [(Reason::Declined, approve())]);

    let nothing = world.customer("kate@example.com").await;
    let expected = [(Reason::NoAccount, "CreateAccount".to_owned())];
    assert_eq!(reasons(&world, &administrator, &nothing).await, expected);
    let account = Some(NewAccount::default());
    let request = CreateAccountRequest { parent: nothing.clone(), account, ..Default::default() };
    world.accounts().create_account(administrator.ask(request)).await.unwrap();
    let code = || "CreateResetCode".to_owned();
    assert_eq!(reasons(&world, &administrator, &nothing).await, [(Reason::NoPassword, code())]);

    let late = world.customer("late@example.com").await;
    world.account(&late, "late").await;
    world.clock().advance(Duration::from_hours(72));
    let administrator = world.administrator().await;
    assert_eq!(reasons(&world, &administrator, &late).await, [(Reason::PasswordExpired, code())]);
    assert_eq!(diagnose(&world, &administrator, &new_customer()).await.unwrap_err().code(), Code::NotFound);
    world.end().await;
}

#[tokio::test]
async fn a_customer_who_must_wait_after_wrong_passwords_is_told_of_with_the_time() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let customer = world.customer("luis@example.com").await;
    world.account(&customer, "luisg").await;
    let mut attempts = 0;
    while world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap_err().code()
        == Code::Unauthenticated
    {
        attempts += 1;
        assert!(attempts < 20, "attempts are slowed");
    }
    let diagnosis = diagnose(&world, &administrator, &customer).await.unwrap();
    let [obstacle] = diagnosis.obstacles.as_slice() else { panic!("{diagnosis:?}") };
    assert_eq!(
        (obstacle.reason(), obstacle.remedy.as_str()),
        (Reason::TooManyAttempts, "patron.identity.v1.AccountService.UnlockAccount")
    );
    let wait = obstacle.end_time.unwrap().seconds - world.clock().now().unix_timestamp();
    world.clock().advance(Duration::from_secs(wait.unsigned_abs() + 1));
    assert!(diagnose(&world, &administrator, &customer).await.unwrap().can_sign_in);
    world.sign_in(UserKind::Customer, "luisg", TEMPORARY).await.unwrap();
    world.end().await;
}
