//! Whoever must wait after wrong passwords is let go by those who may.

use crate::{
    fixture::{CUSTOMER_PASSWORD, STAFF_PASSWORD, SignedIn, World},
    refusal::reason,
};
use patron_chassis::peer::Peer;
use patron_proto::{
    access::v1::Permission,
    identity::v1::{
        Account, DiagnoseSignInRequest, GetStaffRequest, ListStaffRequest, UnlockAccountRequest,
        UnlockStaffRequest, UserKind, role::Scope, sign_in_obstacle::Reason,
    },
};
use tonic::{Code, Status};

const WRONG: &str = "not the password";

/// Guesses until the next attempt must wait.
async fn guess(world: &World, kind: UserKind, username: &str) {
    for _ in 0..20 {
        let refused = world.sign_in(kind, username, WRONG).await.unwrap_err();
        if refused.code() == Code::ResourceExhausted {
            return;
        }
    }
    panic!("guesses are not slowed");
}

async fn unlock(world: &World, by: &SignedIn, customer: &str) -> Result<Account, Status> {
    let request = UnlockAccountRequest { name: format!("{customer}/account") };
    world.accounts().unlock_account(by.ask(request)).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn support_unlocks_a_customer_who_mistyped_at_home_and_history_says_so() {
    let world = World::new().await;
    // Signed in before, so that the address is known and counts for itself.
    let customer = world.signed_in_customer("luisg").await;
    let support = world.staff_user("sue", "support").await;
    let account = format!("{}/account", customer.name);
    let before = world.peers.await_events(Peer::ACTIVITY, &account, 2).await.len();
    unlock(&world, &support, &customer.name).await.unwrap();
    guess(&world, UserKind::Customer, "luisg").await;
    let diagnose = || support.ask(DiagnoseSignInRequest { name: account.clone() });
    let diagnosis = world.accounts().diagnose_sign_in(diagnose()).await.unwrap().into_inner();
    let found = diagnosis.obstacles.iter().map(|obstacle| {
        let remedy = obstacle.remedy.rsplit('.').next().unwrap_or_default();
        (obstacle.reason(), remedy, obstacle.remedy_permission())
    });
    assert_eq!(
        found.collect::<Vec<_>>(),
        [(Reason::TooManyAttempts, "UnlockAccount", Permission::CustomerUnlock)]
    );
    unlock(&world, &support, &customer.name).await.unwrap();
    assert!(world.accounts().diagnose_sign_in(diagnose()).await.unwrap().into_inner().can_sign_in);
    world.sign_in(UserKind::Customer, "luisg", CUSTOMER_PASSWORD).await.unwrap();
    // Who did not wait was not unlocked.
    let events = world.peers.await_events(Peer::ACTIVITY, &account, before + 1).await;
    assert_eq!(events.len(), before + 1);
    assert_eq!(events[before].r#type, "account.unlocked");
    assert_eq!(events[before].context.as_ref().unwrap().actor, support.name);
    world.end().await;
}

#[tokio::test]
async fn nobody_unlocks_who_may_not_or_whom_they_do_not_see() {
    let world = World::new().await;
    let customer = world.signed_in_customer("luisg").await;
    let (viewer, rep) = (world.staff_user("vic", "viewer").await, world.staff_user("rep", "sales-rep").await);
    guess(&world, UserKind::Customer, "luisg").await;
    let refused = unlock(&world, &viewer, &customer.name).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "PERMISSION_MISSING"));
    assert_eq!(unlock(&world, &rep, &customer.name).await.unwrap_err().code(), Code::NotFound);
    guess(&world, UserKind::Customer, "luisg").await;
    world.end().await;
}

#[tokio::test]
async fn an_administrator_sees_who_of_staff_must_wait_and_unlocks_them() {
    let world = World::new().await;
    let administrator = world.administrator().await;
    let mary = world.staff_user("mary", "viewer").await;
    let read = async || {
        let request = GetStaffRequest { name: mary.name.clone() };
        world.staff().get_staff(administrator.ask(request)).await.unwrap().into_inner()
    };
    assert_eq!(read().await.locked_until_time, None);
    guess(&world, UserKind::Staff, "mary").await;
    let listed = world.staff().list_staff(administrator.ask(ListStaffRequest::default())).await.unwrap();
    let waiting = listed.into_inner().staff.into_iter().filter(|staff| staff.locked_until_time.is_some());
    assert_eq!(waiting.map(|staff| staff.username).collect::<Vec<_>>(), ["mary"]);
    let request = UnlockStaffRequest { name: mary.name.clone() };
    let unlocked = world.staff().unlock_staff(administrator.ask(request)).await.unwrap().into_inner();
    assert_eq!((unlocked.locked_until_time, read().await.locked_until_time), (None, None));
    world.sign_in(UserKind::Staff, "mary", STAFF_PASSWORD).await.unwrap();
    let kinds = world.history(&mary.name, 3).await;
    assert_eq!(kinds, ["staff.created", "staff.password_changed", "staff.unlocked"]);
    world.end().await;
}

#[tokio::test]
async fn nobody_unlocks_a_member_of_staff_who_may_more_than_they() {
    let world = World::new().await;
    let role = world.role("Clerk", Scope::All, &[Permission::StaffManage]).await;
    let clerk = world.staff_user("clerk", &role).await;
    let root = world.administrator().await;
    guess(&world, UserKind::Staff, "root").await;
    let request = UnlockStaffRequest { name: root.name.clone() };
    let refused = world.staff().unlock_staff(clerk.ask(request)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    world.end().await;
}
