//! The overview of a customer.

use crate::world::{ADA, World, ask};
use http::{Method, StatusCode};
use patron_chassis::{permission::Permission, status::Problem};
use serde_json::json;

fn overview() -> crate::world::Ask {
    ask(Method::GET, &format!("/v1/{ADA}:overview")).header("authorization", "Bearer mine")
}

#[tokio::test]
async fn it_holds_what_five_services_say_and_asks_as_the_caller() {
    let world = World::new();
    let answer = world.send(overview()).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let overview = answer.json();
    assert_eq!(overview["customer"]["firstName"], "Ada");
    assert_eq!(overview["addresses"][0]["city"], "London");
    assert_eq!(overview["memberships"][0]["primary"], true);
    assert_eq!(overview["account"]["name"], format!("{ADA}/account"));
    assert_eq!(overview["events"][0]["name"], "events/1");
    assert_eq!(overview["missingParts"], json!([]));
    for authorization in [
        world.profile.get.metadata("authorization"),
        world.address.list.metadata("authorization"),
        world.group.list.metadata("authorization"),
        world.identity.account.metadata("authorization"),
        world.activity.list.metadata("authorization"),
    ] {
        assert_eq!(authorization.as_deref(), Some("Bearer mine"));
    }
    assert_eq!(world.activity.list.latest().page_size, 20);
}

#[tokio::test]
async fn parts_that_cannot_be_read_are_named() {
    let world = World::new();
    world.group.list.fail(Problem::PermissionDenied(Permission::GroupRead));
    world.activity.list.fail(Problem::Unavailable);
    let overview = world.send(overview()).await.json();
    let missing = json!([
        {"part": "memberships", "reason": "PERMISSION_MISSING"},
        {"part": "events", "reason": "UNAVAILABLE"},
    ]);
    assert_eq!((&overview["missingParts"], &overview["memberships"]), (&missing, &json!([])));
    assert_eq!(overview["addresses"][0]["city"], "London");
}

#[tokio::test(start_paused = true)]
async fn a_part_that_is_not_there_within_a_second_is_named_and_the_others_are_shown() {
    let world = World::new();
    *world.profile.waits.lock().expect("a lock") = true;
    let asked = tokio::time::Instant::now();
    let overview = world.send(overview()).await.json();
    assert!(asked.elapsed() < std::time::Duration::from_secs(1), "{:?}", asked.elapsed());
    assert_eq!(overview["missingParts"], json!([{"part": "customer", "reason": "DEADLINE_PASSED"}]));
    assert_eq!((overview.get("customer"), &overview["addresses"][0]["city"]), (None, &json!("London")));
}

#[tokio::test]
async fn a_customer_without_an_account_misses_nothing() {
    let world = World::new();
    world.identity.account.fail(Problem::not_found("account", format!("{ADA}/account")));
    let overview = world.send(overview()).await.json();
    assert_eq!((overview.get("account"), &overview["missingParts"]), (None, &json!([])));
}

#[tokio::test]
async fn without_the_customer_there_is_none() {
    let world = World::new();
    let unknown = ADA.replace("001", "002");
    let answer = world.get(&format!("/v1/{unknown}:overview")).await;
    assert_eq!(
        (answer.status, &answer.json()["reason"]),
        (StatusCode::NOT_FOUND, &json!("RESOURCE_NOT_FOUND"))
    );
    world.profile.get.fail(Problem::CredentialsMissing);
    assert_eq!(world.send(overview()).await.status, StatusCode::UNAUTHORIZED);
}
