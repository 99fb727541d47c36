//! Customers who must be approved before they sign in.

use crate::{
    creation,
    fixture::{CUSTOMER_PASSWORD, SignedIn, TEMPORARY, World, eventually, new_customer},
    group::{GOLD, JOINED_BY, SILVER},
    refusal::{reason, rule},
};
use patron_chassis::peer::Peer;
use patron_proto::{
    event::v1::{CustomerAccount, event::Snapshot},
    identity::v1::{
        Account, ApproveAccountRequest, CreateResetCodeRequest, DeclineAccountRequest, DisableAccountRequest,
        EnableAccountRequest, GetAccountRequest, RefreshSessionRequest, ResetPasswordRequest, UserKind,
        account::{Approval, Status as AccountStatus},
    },
};
use tonic::{Code, Status};

pub(crate) async fn get(world: &World, by: &SignedIn, customer: &str) -> Account {
    let request = GetAccountRequest { name: format!("{customer}/account") };
    world.accounts().get_account(by.ask(request)).await.unwrap().into_inner()
}

pub(crate) fn approval(customer: &str) -> ApproveAccountRequest {
    ApproveAccountRequest { name: format!("{customer}/account"), ..Default::default() }
}

pub(crate) fn refusal(customer: &str) -> DeclineAccountRequest {
    let name = format!("{customer}/account");
    DeclineAccountRequest { name, reason: "No trade licence".to_owned(), ..Default::default() }
}

async fn approve(world: &World, by: &SignedIn, customer: &str) -> Result<Account, Status> {
    world.accounts().approve_account(by.ask(approval(customer))).await.map(tonic::Response::into_inner)
}

pub(crate) async fn decline(world: &World, by: &SignedIn, customer: &str) -> Result<Account, Status> {
    world.accounts().decline_account(by.ask(refusal(customer))).await.map(tonic::Response::into_inner)
}

pub(crate) async fn disable(world: &World, by: &SignedIn, customer: &str) -> Result<Account, Status> {
    let request = DisableAccountRequest { name: format!("{customer}/account"), ..Default::default() };
    world.accounts().disable_account(by.ask(request)).await.map(tonic::Response::into_inner)
}

async fn enable(world: &World, by: &SignedIn, customer: &str) -> Result<Account, Status> {
    let request = EnableAccountRequest { name: format!("{customer}/account"), ..Default::default() };
    world.accounts().enable_account(by.ask(request)).await.map(tonic::Response::into_inner)
}

/// Waits until a customer waits for approval.
async fn held_back(world: &World, by: &SignedIn, customer: &str) {
    eventually(async || get(world, by, customer).await.status() == AccountStatus::PendingApproval).await;
}

/// A customer who waits for approval, with a temporary password.
pub(crate) async fn waiting(world: &World, username: &str, group: &str) -> String {
    let customer = world.customer(&format!("{username}@example.com")).await;
    world.join(&customer, 1, &[group]).await;
    let account = world.account(&customer, username).await;
    assert_eq!(account.status(), AccountStatus::PendingApproval);
    customer
}

/// Why a sign-in is refused.
async fn refused(world: &World, username: &str, password: &str) -> (Code, String) {
    let refused = world.sign_in(UserKind::Customer, username, password).await.unwrap_err();
    (refused.code(), reason(&refused))
}

fn pending() -> (Code, String) {
    (Code::PermissionDenied, "PENDING_APPROVAL".to_owned())
}

#[tokio::test]
async fn who_is_put_into_a_group_that_requires_approval_is_signed_out_and_waits_for_it() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    let administrator = world.administrator().await;
    world.join(&customer.name, 1, &[GOLD]).await;
    world.refused(customer.token()).await;
    let refresh = RefreshSessionRequest { secret: customer.session.secret.clone() };
    assert_eq!(world.sessions().refresh_session(refresh).await.unwrap_err().code(), Code::Unauthenticated);
    assert_eq!(refused(&world, "luisg", CUSTOMER_PASSWORD).await, pending());
    let wrong = (Code::Unauthenticated, "CREDENTIALS_INVALID".to_owned());
    assert_eq!(refused(&world, "luisg", "not the password").await, wrong);

    let account = get(&world, &administrator, &customer.name).await;
    assert_eq!((account.status(), account.approval()), (AccountStatus::PendingApproval, Approval::Needed));
    assert!(account.waiting_since_time.is_some());
    for consumer in [Peer::ACTIVITY, Peer::PROFILE] {
        let event = world.peers.await_events(consumer, &account.name, 3).await.remove(2);
        assert_eq!((event.r#type.as_str(), event.version), ("account.approval_asked", 3));
        assert_eq!(event.context.as_ref().unwrap().actor, JOINED_BY);
        let kept = CustomerAccount { status: "PENDING_APPROVAL".to_owned(), username: "luisg".to_owned() };
        assert_eq!(event.snapshot, Some(Snapshot::Account(kept)));
        let changed: Vec<_> = event.changes.iter().map(|change| change.field.as_str()).collect();
        assert_eq!(changed, ["status", "approval"]);
    }

    let approved = approve(&world, &administrator, &customer.name).await.unwrap();
    assert_eq!((approved.status(), approved.approval()), (AccountStatus::Active, Approval::Approved));
    assert!(approved.waiting_since_time.is_none());
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap();
    // Once approved, for every group.
    world.join(&customer.name, 2, &[GOLD, SILVER]).await;
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn who_is_approved_before_joining_stays_signed_in() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    let administrator = world.administrator().await;
    approve(&world, &administrator, &customer.name).await.unwrap();
    world.join(&customer.name, 1, &[GOLD]).await;
    // What happens to another customer afterwards has happened by the time it shows.
    let other = world.signed_in_customer("other").await;
    world.join(&other.name, 1, &[GOLD]).await;
    held_back(&world, &administrator, &other.name).await;
    assert_eq!(get(&world, &administrator, &customer.name).await.status(), AccountStatus::Active);
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn an_account_that_is_made_disabled_waits_for_approval_once_it_is_enabled() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let customer = new_customer();
    creation::create_disabled(&world, &customer, "luisg").await.unwrap();
    world.publish(&customer, |it| it.email = "luis@example.com".into()).await;
    let account = get(&world, &administrator, &customer).await;
    assert_eq!((account.status(), account.approval()), (AccountStatus::Disabled, Approval::Needed));
    assert_eq!(refused(&world, "luisg", CUSTOMER_PASSWORD).await.0, Code::Unauthenticated);
    let enabled = enable(&world, &administrator, &customer).await.unwrap();
    assert_eq!(enabled.status(), AccountStatus::PendingApproval);
    assert!(enabled.waiting_since_time.is_some());
    world.end().await;
}

#[tokio::test]
async fn a_customer_created_into_such_a_group_does_not_sign_in_before_approval() {
    let world = World::new().await;
    let customer = new_customer();
    creation::create_to_be_approved(&world, &customer, "luisg", CUSTOMER_PASSWORD).await.unwrap();
    world.publish(&customer, |_| ()).await;
    assert_eq!(refused(&world, "luisg", CUSTOMER_PASSWORD).await, pending());
    let event = world.peers.await_events(Peer::PROFILE, &format!("{customer}/account"), 1).await.remove(0);
    let kept = CustomerAccount { status: "PENDING_APPROVAL".to_owned(), username: "luisg".to_owned() };
    assert_eq!(event.snapshot, Some(Snapshot::Account(kept)));
    let administrator = world.administrator().await;
    approve(&world, &administrator, &customer).await.unwrap();
    // What group publishes of the same creation asks no more.
    world.join(&customer, 1, &[GOLD]).await;
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn an_account_made_after_the_customer_joined_waits_whether_the_event_has_come_or_not() {
    let world = World::new().await;
    waiting(&world, "luisg", GOLD).await;
    assert_eq!(refused(&world, "luisg", TEMPORARY).await, pending());

    let unheard = world.customer("bjorn@example.com").await;
    world.group.know(&unheard, &[GOLD]);
    assert_eq!(world.account(&unheard, "bjorn").await.status(), AccountStatus::PendingApproval);

    let before_profile = new_customer();
    world.join(&before_profile, 1, &[GOLD]).await;
    world.group.know(&before_profile, &[]);
    world.publish(&before_profile, |it| it.email = "kate@example.com".into()).await;
    assert_eq!(world.account(&before_profile, "kate").await.status(), AccountStatus::PendingApproval);
    world.end().await;
}

#[tokio::test]
async fn leaving_the_group_approves_nobody() {
    let world = World::new().await;
    let customer = waiting(&world, "luisg", GOLD).await;
    world.join(&customer, 2, &[]).await;
    assert_eq!(refused(&world, "luisg", TEMPORARY).await, pending());
    let left = sqlx::query_scalar!(r#"select count(*) as "count!" from identity.approval_group"#);
    assert_eq!(left.fetch_one(world.database.pool()).await.unwrap(), 0);
    world.end().await;
}

#[tokio::test]
async fn a_declined_customer_keeps_the_reason_and_can_be_approved_later() {
    let world = World::new().await;
    let customer = waiting(&world, "luisg", GOLD).await;
    let administrator = world.administrator().await;
    let declined = decline(&world, &administrator, &customer).await.unwrap();
    assert_eq!((declined.status(), declined.approval()), (AccountStatus::Disabled, Approval::Declined));
    assert_eq!(declined.status_reason, "No trade licence");
    assert_eq!(decline(&world, &administrator, &customer).await.unwrap(), declined);
    assert_eq!(refused(&world, "luisg", TEMPORARY).await.1, "CREDENTIALS_INVALID");
    let cannot = enable(&world, &administrator, &customer).await.unwrap_err();
    assert_eq!((cannot.code(), rule(&cannot).as_str()), (Code::FailedPrecondition, "ACCOUNT_DECLINED"));

    let approved = approve(&world, &administrator, &customer).await.unwrap();
    assert_eq!((approved.status(), approved.status_reason.as_str()), (AccountStatus::Active, ""));
    world.sign_in(UserKind::Customer, "luisg", TEMPORARY).await.unwrap();
    let events = world.peers.await_events(Peer::ACTIVITY, &declined.name, 3).await;
    let kinds: Vec<_> = events.iter().map(|event| event.r#type.as_str()).collect();
    assert_eq!(kinds, ["account.created", "account.declined", "account.approved"]);
    let context = events[1].context.as_ref().unwrap();
    assert_eq!((&context.actor, context.reason.as_str()), (&administrator.name, "No trade licence"));
    let reason = events[2].changes.iter().find(|change| change.field == "status_reason").unwrap();
    assert_eq!(reason.old, Some("No trade licence".to_owned().into()));
    world.end().await;
}

#[tokio::test]
async fn approval_that_is_taken_away_ends_every_session() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    let administrator = world.administrator().await;
    let cannot = decline(&world, &administrator, &customer.name).await.unwrap_err();
    assert_eq!((cannot.code(), rule(&cannot).as_str()), (Code::FailedPrecondition, "APPROVAL_NOT_NEEDED"));
    approve(&world, &administrator, &customer.name).await.unwrap();
    decline(&world, &administrator, &customer.name).await.unwrap();
    world.refused(customer.token()).await;
    assert_eq!(refused(&world, "luisg", CUSTOMER_PASSWORD).await.1, "CREDENTIALS_INVALID");
    world.end().await;
}

#[tokio::test]
async fn who_waits_and_is_disabled_waits_again_when_enabled() {
    let world = World::new().await;
    let customer = waiting(&world, "luisg", GOLD).await;
    let administrator = world.administrator().await;
    let cannot = enable(&world, &administrator, &customer).await.unwrap_err();
    assert_eq!((cannot.code(), rule(&cannot).as_str()), (Code::FailedPrecondition, "ACCOUNT_NOT_DISABLED"));
    assert!(cannot.message().contains("approve it or decline it"), "{}", cannot.message());
    disable(&world, &administrator, &customer).await.unwrap();
    let cannot = approve(&world, &administrator, &customer).await.unwrap_err();
    assert_eq!((cannot.code(), rule(&cannot).as_str()), (Code::FailedPrecondition, "ACCOUNT_DISABLED"));
    let enabled = enable(&world, &administrator, &customer).await.unwrap();
    assert_eq!(enabled.status(), AccountStatus::PendingApproval);
    world.end().await;
}

#[tokio::test]
async fn a_reset_code_gets_nobody_past_approval() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    let administrator = world.administrator().await;
    let ask = || administrator.ask(CreateResetCodeRequest { name: format!("{}/account", customer.name) });
    let code = world.accounts().create_reset_code(ask()).await.unwrap().into_inner().code;
    world.join(&customer.name, 1, &[GOLD]).await;
    held_back(&world, &administrator, &customer.name).await;
    let reset = ResetPasswordRequest { code, password: "seven green bottles".to_owned() };
    let refused_reset = world.accounts().reset_password(reset).await.unwrap_err();
    assert_eq!((refused_reset.code(), reason(&refused_reset)), pending());
    let cannot = world.accounts().create_reset_code(ask()).await.unwrap_err();
    assert_eq!((cannot.code(), rule(&cannot).as_str()), (Code::FailedPrecondition, "ACCOUNT_NOT_ACTIVE"));
    world.end().await;
}
