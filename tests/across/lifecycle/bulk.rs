//! The same done to many customers at once, across services.

use super::{PUBLISHED, event, events, group, name};
use patron_tests::{Caller, Role, Sample, World, holds, unique, until};
use serde_json::{Value, json};
use std::time::Duration;

/// How long an operation about a few customers may take, on a busy machine.
const ENDED: Duration = Duration::from_secs(30);

/// Customers with an account whose last name is one that nobody else has, and that name.
async fn customers(caller: &Caller<'_>, number: usize) -> (String, Vec<String>) {
    let last_name = unique();
    let mut names = Vec::new();
    for _ in 0..number {
        let mut request = Sample::new().json();
        request["customer"]["lastName"] = json!(last_name);
        request["account"] = json!({"username": unique()});
        names.push(name(&caller.create(&request).await).to_owned());
    }
    (last_name, names)
}

/// Starts an operation and waits for its end.
async fn done(caller: &Caller<'_>, verb: &str, request: Value) -> Value {
    let started = caller.post(&format!("/v1/customers:{verb}"), &request).await.ok();
    let path = format!("/v1/{}:wait", name(&started));
    until(verb, ENDED, async || Some(caller.get(&path).await.ok()).filter(|now| now["done"] == true)).await
}

#[tokio::test]
async fn what_is_done_to_many_is_done_to_each_in_the_name_of_who_asked() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let person = world.staff(Role::Manager).await.name.clone();
    let (last_name, names) = customers(&manager, 3).await;
    let group = group(&manager).await;
    let all = json!({"matching": {"filter": format!("last_name = \"{last_name}\"")}});

    let added = done(&manager, "bulkAddToGroup", json!({"selection": all, "group": group})).await;
    assert_eq!(added["response"]["doneCount"], "3", "{added}");
    assert_eq!(added["metadata"]["target"], group.as_str());
    let members = manager.get(&format!("/v1/{group}/members")).await.ok();
    assert_eq!(members["memberships"].as_array().map(Vec::len), Some(3));
    let again =
        done(&manager, "bulkAddToGroup", json!({"selection": {"names": names}, "group": group})).await;
    assert_eq!(again["response"]["doneCount"], "3", "who is in it already is done: {again}");
    let removed =
        done(&manager, "bulkRemoveFromGroup", json!({"selection": {"names": names[..1]}, "group": group}))
            .await;
    assert_eq!(removed["response"]["doneCount"], "1", "{removed}");
    let members = manager.get(&format!("/v1/{group}/members")).await.ok();
    assert_eq!(members["memberships"].as_array().map(Vec::len), Some(2));

    let reason = "Moved away";
    let disabled =
        done(&manager, "bulkDisable", json!({"selection": {"names": names}, "reason": reason})).await;
    assert_eq!(disabled["response"]["doneCount"], "3", "{disabled}");
    for customer in &names {
        let account = manager.get(&format!("/v1/{customer}/account")).await.ok();
        assert_eq!(
            (&account["status"], &account["statusReason"]),
            (&json!("STATUS_DISABLED"), &json!(reason))
        );
        let event = event(&manager, customer, "account.disabled").await;
        assert_eq!(event["context"]["actor"], person.as_str());
        assert_eq!(event["context"]["reason"], reason);
    }
    let enabled = done(&manager, "bulkEnable", json!({"selection": {"names": names}})).await;
    assert_eq!(enabled["response"]["doneCount"], "3", "{enabled}");

    let deleted = done(&manager, "bulkDelete", json!({"selection": all})).await;
    assert_eq!(deleted["response"]["doneCount"], "3", "{deleted}");
    let results = manager.get(&format!("/v1/{}/results", name(&deleted))).await.ok();
    assert_eq!(results["results"].as_array().map(Vec::len), Some(3));
    for customer in &names {
        manager.get(&format!("/v1/{customer}")).await.refused(404, "RESOURCE_NOT_FOUND");
        assert_eq!(event(&manager, customer, "customer.deleted").await["context"]["actor"], person.as_str());
        let added = events(&manager, customer).await;
        let added = added.iter().filter(|event| event["type"] == "membership.created");
        assert_eq!(added.count(), 1, "each change once");
    }
    holds("the group is empty", PUBLISHED, async || {
        manager.get(&format!("/v1/{group}/members")).await.ok()["memberships"] == json!([])
    })
    .await;
}

#[tokio::test]
async fn an_operation_is_its_starters_and_says_of_each_customer_why_it_failed() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let customer = name(&manager.create(&Sample::new().json()).await).to_owned();
    let asked = json!({"selection": {"names": [customer]}});
    let ended = done(&manager, "bulkDisable", asked.clone()).await;
    assert_eq!(ended["response"]["failedCount"], "1", "{ended}");
    let results = format!("/v1/{}/results?failedOnly=true", name(&ended));
    let failed = manager.get(&results).await.ok();
    assert_eq!(failed["results"][0]["error"]["message"], "account not found");
    assert_ne!(failed["results"][0]["customerDisplayName"], "");

    let viewer = world.signed_in(Role::Viewer).await;
    viewer.get(&results).await.refused(404, "RESOURCE_NOT_FOUND");
    viewer.get(&format!("/v1/{}", name(&ended))).await.refused(404, "RESOURCE_NOT_FOUND");
    viewer.post("/v1/customers:bulkDelete", &asked).await.refused(403, "PERMISSION_MISSING");
    let listed = viewer.get("/v1/operations").await.ok();
    assert_eq!(listed["operations"], json!([]));
    let administrator = world.signed_in(Role::Administrator).await;
    administrator.get(&results).await.ok();
}
