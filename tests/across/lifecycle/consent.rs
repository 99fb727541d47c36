use super::{PUBLISHED, event, events, name};
use patron_tests::{Role, Sample, World, until};
use serde_json::json;

#[tokio::test]
async fn a_consent_is_recorded_listed_followed_and_in_the_history() {
    let world = World::shared().await;
    let (manager, support) = (world.signed_in(Role::Manager).await, world.signed_in(Role::Support).await);
    let mut request = Sample::new().json();
    request["account"] = json!({"username": patron_tests::unique()});
    let created = manager.create(&request).await;
    let customer = name(&created);
    let begun = manager.get("/v1/subscribers:changes").await.ok();
    let since = begun["nextPageToken"].as_str().unwrap().to_owned();

    let records = format!("/v1/{customer}/consentRecords");
    let said = json!({
        "state": "CONSENT_STATE_SUBSCRIBED", "channel": "CONSENT_CHANNEL_POINT_OF_SALE", "source": "Form 12",
    });
    let consent = support.post(&records, &said).await.ok();
    assert_eq!(consent["state"], "CONSENT_STATE_SUBSCRIBED");
    assert_eq!(manager.get(&format!("/v1/{customer}")).await.ok()["newsletter"], true);
    let listed = manager.get(&records).await.ok();
    let record = &listed["consentRecords"][0];
    assert_eq!((&record["source"], &record["channel"]), (&json!("Form 12"), &said["channel"]));
    assert_eq!(record["actor"], world.staff(Role::Support).await.name.as_str());
    let recorded = event(&manager, customer, "customer.consent_recorded").await;
    assert_eq!(recorded["changes"][0]["field"], "newsletter");
    assert_eq!(recorded["context"]["traceId"], record["traceId"]);

    let mut token = since;
    let found = until("the customer joined the audience", PUBLISHED, async || {
        let page = manager.find("/v1/subscribers:changes", &[("pageToken", &token)]).await.ok();
        page["nextPageToken"].as_str().unwrap().clone_into(&mut token);
        page["changes"].as_array().into_iter().flatten().find(|it| it["customer"] == customer).cloned()
    })
    .await;
    assert_eq!(found["subscriber"]["email"], created["email"]);
    support.get("/v1/subscribers").await.refused(403, "PERMISSION_MISSING");

    manager.delete(&format!("/v1/{customer}")).await.ok();
    manager.get(&records).await.refused(404, "RESOURCE_NOT_FOUND");
    let left = until("the customer left the audience", PUBLISHED, async || {
        let page = manager.find("/v1/subscribers:changes", &[("pageToken", &token)]).await.ok();
        page["nextPageToken"].as_str().unwrap().clone_into(&mut token);
        page["changes"].as_array().into_iter().flatten().find(|it| it["customer"] == customer).cloned()
    })
    .await;
    assert!(left.get("subscriber").is_none_or(serde_json::Value::is_null), "{left}");
    assert!(events(&manager, customer).await.iter().any(|it| it["type"] == "customer.consent_recorded"));
}
