use super::{PUBLISHED, event, events, group, name};
use http::StatusCode;
use patron_proto::identity::v1::UserKind;
use patron_tests::{Caller, Person, Role, Sample, World, holds};
use serde_json::{Value, json};

#[tokio::test]
async fn a_deleted_customer_is_gone_from_every_service_but_history_within_5_seconds() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let group = group(&manager).await;
    let sample = Sample::new().with_address().in_group(&group);
    let mut request = sample.json();
    request["account"] = json!({"username": patron_tests::unique()});
    let created = manager.create(&request).await;
    let customer = name(&created);
    let history = format!("/v1/{customer}/events");
    let overview = manager.get(&format!("/v1/{customer}:overview")).await.ok();
    assert_eq!(overview["missingParts"], json!([]));
    let address = name(&overview["addresses"][0]).to_owned();
    event(&manager, customer, "membership.created").await;

    manager.delete(&format!("/v1/{customer}")).await.ok();
    manager.get(&format!("/v1/{customer}")).await.refused(404, "RESOURCE_NOT_FOUND");
    let gone = ["", ":overview", "/account", "/addresses", "/memberships"]
        .map(|part| format!("/v1/{customer}{part}"));
    let gone = gone.into_iter().chain([format!("/v1/{address}")]).collect::<Vec<_>>();
    holds("every service has forgotten the customer", PUBLISHED, async || {
        for path in &gone {
            if manager.get(path).await.status != 404 {
                return false;
            }
        }
        is_empty(&manager.get(&format!("/v1/customers?query={}", sample.last_name)).await.ok()["customers"])
            && is_empty(&manager.get(&format!("/v1/addresses:batchList?parents={customer}")).await.ok()["addresses"])
            && is_empty(&manager.get(&format!("/v1/memberships:batchList?parents={customer}")).await.ok()["memberships"])
            && is_empty(&manager.get(&format!("/v1/accounts:batchGet?parents={customer}")).await.ok()["accounts"])
            && is_empty(&manager.get(&format!("/v1/{group}/members")).await.ok()["memberships"])
    })
    .await;
    let deleted = event(&manager, customer, "customer.deleted").await;
    assert_eq!(deleted["context"]["actor"], world.staff(Role::Manager).await.name.as_str());
    assert!(events(&manager, customer).await.iter().any(|event| event["type"] == "address.created"));
    manager.get(&history).await.ok();
}

#[tokio::test]
async fn nothing_is_created_any_more_for_a_deleted_customer() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let group = group(&manager).await;
    let created = manager.create(&Sample::new().json()).await;
    let customer = name(&created);
    manager.delete(&format!("/v1/{customer}")).await.ok();

    let address = json!({"line1": "12 St James's Square", "city": "London", "postalCode": "SW1Y 4JH",
                         "countryCode": "GB"});
    let late = [
        ("addresses", address),
        ("memberships", json!({"group": group})),
        ("account", json!({"username": patron_tests::unique()})),
    ];
    for (part, body) in late {
        let path = format!("/v1/{customer}/{part}");
        // Until the deletion has reached its service it may take the part, and purges it then.
        holds(&format!("{part} are refused"), PUBLISHED, async || {
            manager.post(&path, &body).await.status == StatusCode::NOT_FOUND
        })
        .await;
        manager.get(&path).await.refused(404, "RESOURCE_NOT_FOUND");
    }
    manager
        .patch(&format!("/v1/{customer}"), &json!({"company": "Late"}))
        .await
        .refused(404, "RESOURCE_NOT_FOUND");
}

#[tokio::test]
async fn a_deleted_customer_is_signed_out_and_its_email_is_free() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let sample = Sample::new();
    let customer = Person::of_customer(world, &sample).await;
    let caller = Caller::of(world, &customer).await;
    caller.get(&format!("/v1/{}", customer.name)).await.ok();

    manager.delete(&format!("/v1/{}", customer.name)).await.ok();
    holds("the customer's token is refused", PUBLISHED, async || {
        caller.get(&format!("/v1/{}/addresses", customer.name)).await.status == 401
    })
    .await;
    let again = json!({
        "identifier": customer.username, "password": customer.password, "userKind": UserKind::Customer.as_str_name(),
    });
    world.nobody().post("/v1/sessions", &again).await.refused(401, "CREDENTIALS_INVALID");
    manager.create(&sample.json()).await;
}

#[tokio::test]
async fn a_deletion_with_an_old_etag_is_refused() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let created = manager.create(&Sample::new().json()).await;
    let path = format!("/v1/{}", name(&created));
    manager.patch(&path, &json!({"company": "Analytical Engines"})).await.ok();
    let etag = created["etag"].as_str().unwrap();
    manager.delete(&format!("{path}?etag={etag}")).await.refused(412, "CHANGED_SINCE_ETAG");
    manager.get(&path).await.ok();
}

fn is_empty(list: &Value) -> bool {
    list.as_array().is_none_or(Vec::is_empty)
}
