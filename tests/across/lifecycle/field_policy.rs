//! What is asked of customers. Rules are changed in channels that no other test uses.

use super::{PUBLISHED, event, name};
use http::StatusCode;
use patron_proto::identity::v1::UserKind;
use patron_tests::{Caller, Role, Sample, World, unique, until};
use serde_json::{Value, json};

async fn ask(administrator: &Caller<'_>, mask: &str, policy: Value) -> Value {
    administrator.patch(&format!("/v1/fieldPolicy?updateMask={mask}"), &policy).await.ok()
}

#[tokio::test]
async fn a_rule_is_kept_to_from_its_change_on_and_the_change_stands_in_the_history() {
    let world = World::shared().await;
    let (administrator, rep) =
        (world.signed_in(Role::Administrator).await, world.signed_in(Role::SalesRep).await);
    let mut request = Sample::new().json();
    request["channel"] = json!("CHANNEL_POINT_OF_SALE");
    let asked =
        ask(&administrator, "source.pointOfSale", json!({"source": {"pointOfSale": "NEED_REQUIRED"}})).await;
    assert_eq!(asked["source"]["pointOfSale"], "NEED_REQUIRED");
    let refused = rep.post("/v1/customers", &request).await;
    assert_eq!(refused.wrong_fields(), ["customer.source"]);
    refused.refused(400, "INVALID_FIELD");
    request["customer"]["source"] = json!("fair");
    let sold = rep.create(&request).await;
    assert_eq!(sold["channel"], "CHANNEL_POINT_OF_SALE");
    assert_eq!(sold["assignedStaff"], json!([world.staff(Role::SalesRep).await.name]));

    let kind = "type = \"field_policy.updated\" AND source = \"profile\"";
    let changed = until("the change is recorded", PUBLISHED, async || {
        let page = administrator.find("/v1/events", &[("filter", kind)]).await.ok();
        page["events"]
            .as_array()?
            .iter()
            .find(|event| event.to_string().contains("source.point_of_sale"))
            .cloned()
    })
    .await;
    assert_eq!(changed["resource"], "fieldPolicy");
    assert_eq!(changed["context"]["actor"], world.staff(Role::Administrator).await.name.as_str());
    ask(&administrator, "source.pointOfSale", json!({})).await;
    rep.patch("/v1/fieldPolicy?updateMask=fax.console", &json!({})).await.refused(403, "PERMISSION_MISSING");
}

#[tokio::test]
async fn a_company_alone_signs_in_by_username_is_found_and_is_remembered_when_it_is_deleted() {
    let world = World::shared().await;
    let (administrator, manager) =
        (world.signed_in(Role::Administrator).await, world.signed_in(Role::Manager).await);
    let optional = json!({"import": "NEED_OPTIONAL"});
    let policy = json!({"firstName": optional, "lastName": optional, "email": optional});
    ask(&administrator, "firstName.import,lastName.import,email.import", policy).await;
    let (company, username, password) = (unique(), unique(), format!("{} for once", unique()));
    let mut request = Sample::new().with_address().json();
    request["customer"] = json!({"company": company});
    request["channel"] = json!("CHANNEL_IMPORT");
    request["account"] = json!({"username": username, "password": password});
    let created = manager.create(&request).await;
    assert_eq!((&created["email"], &created["lastName"]), (&json!(""), &json!("")));
    let overview = manager.get(&format!("/v1/{}:overview", name(&created))).await.ok();
    assert_eq!(overview["missingParts"], json!([]));
    assert_eq!(overview["account"]["username"], username.as_str());
    let session = json!({"identifier": username, "password": password,
                         "userKind": UserKind::Customer.as_str_name()});
    assert_eq!(manager.post("/v1/sessions", &session).await.ok()["user"], name(&created));
    let found = manager.find("/v1/customers", &[("query", &company)]).await.ok();
    assert_eq!(found["customers"][0]["name"], name(&created));
    let export = manager.find("/v1/customers:export", &[("query", &company), ("format", "FORMAT_CSV")]).await;
    assert_eq!(export.status, StatusCode::OK);

    event(&manager, name(&created), "customer.created").await;
    manager.delete(&format!("/v1/{}", name(&created))).await.ok();
    event(&manager, name(&created), "customer.deleted").await;
    let deleted = manager.find("/v1/deletedCustomers", &[("query", &company)]).await.ok();
    assert_eq!(deleted["deletedCustomers"][0]["displayName"], company.as_str());
    ask(&administrator, "firstName.import,lastName.import,email.import", json!({})).await;
}

#[tokio::test]
async fn an_account_can_be_made_that_nobody_signs_in_with_before_staff_enable_it() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let (username, password) = (unique(), format!("{} for once", unique()));
    let mut request = Sample::new().json();
    request["account"] = json!({"username": username, "password": password, "disabled": true});
    let created = manager.create(&request).await;
    assert_eq!(created["status"], "STATUS_DISABLED");
    let account = format!("/v1/{}/account", name(&created));
    assert_eq!(manager.get(&account).await.ok()["status"], "STATUS_DISABLED");
    let session = json!({"identifier": username, "password": password,
                         "userKind": UserKind::Customer.as_str_name()});
    assert_eq!(manager.post("/v1/sessions", &session).await.status, StatusCode::UNAUTHORIZED);
    event(&manager, name(&created), "account.created").await;
    manager.post(&format!("{account}:enable"), &json!({})).await.ok();
    manager.post("/v1/sessions", &session).await.ok();
}
