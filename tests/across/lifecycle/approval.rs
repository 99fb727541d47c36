use super::{PUBLISHED, event, name};
use patron_tests::{Answer, Role, Sample, World, holds, unique};
use serde_json::{Value, json};

const PASSWORD: &str = "only for the first time";

async fn sign_in(world: &World, username: &str) -> Answer {
    let body = json!({"identifier": username, "password": PASSWORD, "userKind": "USER_KIND_CUSTOMER"});
    world.nobody().post("/v1/sessions", &body).await
}

#[tokio::test]
async fn a_customer_of_a_group_that_requires_approval_signs_in_once_approved_and_no_sooner() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let group = json!({"displayName": unique(), "approvalRequired": true});
    let group = name(&manager.post("/v1/groups", &group).await.ok()).to_owned();
    let username = unique();
    let mut request = Sample::new().in_group(&group).json();
    request["account"] = json!({"username": username, "password": PASSWORD});
    let created = manager.create(&request).await;
    assert_eq!(created["status"], "STATUS_PENDING_APPROVAL");
    let customer = name(&created);
    sign_in(world, &username).await.refused(403, "PENDING_APPROVAL");
    // Group says the same later, and that changes nothing.
    event(&manager, customer, "membership.created").await;

    let waiting = |page: &Value| page["accounts"][0]["name"] == format!("{customer}/account");
    holds("identity knows the group", PUBLISHED, async || {
        waiting(&manager.find("/v1/accounts:listWaiting", &[("group", &group)]).await.ok())
    })
    .await;
    let diagnosis = manager.get(&format!("/v1/{customer}/account:diagnoseSignIn")).await.ok();
    assert_eq!(diagnosis["obstacles"][0]["reason"], "REASON_PENDING_APPROVAL", "{diagnosis:#}");
    let approve = json!({"requests": [{"name": format!("{customer}/account"), "reason": "Licence seen"}]});
    let support = world.signed_in(Role::Support).await;
    support.post("/v1/accounts:batchApprove", &approve).await.refused(403, "PERMISSION_MISSING");
    let approved = manager.post("/v1/accounts:batchApprove", &approve).await.ok();
    assert_eq!(approved["results"][0]["account"]["approval"], "APPROVAL_APPROVED", "{approved:#}");
    sign_in(world, &username).await.ok();
    let event = event(&manager, customer, "account.approved").await;
    assert_eq!(event["context"]["reason"], "Licence seen");
    holds("lists know it", PUBLISHED, async || {
        manager.get(&format!("/v1/{customer}")).await.ok()["status"] == "STATUS_ACTIVE"
    })
    .await;
}

#[tokio::test]
async fn who_is_put_into_such_a_group_later_is_signed_out_and_declined_with_the_reason() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let group = json!({"displayName": unique(), "approvalRequired": true});
    let group = name(&manager.post("/v1/groups", &group).await.ok()).to_owned();
    let username = unique();
    let mut request = Sample::new().json();
    request["account"] = json!({"username": username, "password": PASSWORD});
    let created = manager.create(&request).await;
    let customer = name(&created);
    let session = sign_in(world, &username).await.ok();
    let token = session["accessToken"].as_str().unwrap();
    manager.post(&format!("/v1/{customer}/memberships"), &json!({"group": group})).await.ok();
    holds("the customer is signed out", PUBLISHED, async || {
        world.with_token(token).get("/v1/sessions/current").await.status == 401
    })
    .await;
    sign_in(world, &username).await.refused(403, "PENDING_APPROVAL");
    let account = format!("/v1/{customer}/account");
    let declined = manager.post(&format!("{account}:decline"), &json!({"reason": "No licence"})).await.ok();
    assert_eq!(
        (&declined["status"], &declined["statusReason"]),
        (&json!("STATUS_DISABLED"), &json!("No licence"))
    );
    sign_in(world, &username).await.refused(401, "CREDENTIALS_INVALID");
    manager.post(&format!("{account}:enable"), &json!({})).await.refused(400, "STATE_FORBIDS");
    manager.post(&format!("{account}:approve"), &json!({})).await.ok();
    sign_in(world, &username).await.ok();
}
