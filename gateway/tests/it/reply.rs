//! What HTTP callers get for what services answer.

use crate::world::{ADA, World, ask, post};
use http::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn a_resource_comes_as_json_with_its_etag() {
    let world = World::new();
    let answer = world.get(&format!("/v1/{ADA}")).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.header("etag").is_some_and(|etag| etag.starts_with("\"7.") && etag.ends_with('"')));
    let ada = answer.json();
    assert_eq!((&ada["name"], &ada["firstName"]), (&json!(ADA), &json!("Ada")));
    assert_eq!(ada["createTime"], "2023-11-14T22:13:20.250Z");
}

#[tokio::test]
async fn what_has_no_other_way_to_be_empty_is_always_there() {
    let world = World::new();
    let ada = world.get(&format!("/v1/{ADA}")).await.json();
    assert_eq!(
        (&ada["company"], &ada["newsletter"], &ada["groups"]),
        (&json!(""), &json!(false), &json!([]))
    );
    assert_eq!(ada["accountType"], "ACCOUNT_TYPE_UNSPECIFIED");
    assert!(ada.get("birthDate").is_none() && ada.get("primaryPhone").is_none());
    let page = world.get("/v1/customers").await.json();
    assert_eq!(
        page,
        json!({"customers": [], "nextPageToken": "", "totalSize": 0, "totalSizeEstimated": false})
    );
}

#[tokio::test]
async fn a_refusal_within_a_reply_names_its_fields() {
    let world = World::new();
    let body = json!({"requests": [{"customer": {"firstName": "Ada"}}, {"customer": {"firstName": "Ada"}}]});
    let answer = world.send(post("/v1/customers:batchCreate", body.to_string())).await;
    assert_eq!(answer.status, StatusCode::OK);
    let results = &answer.json()["results"];
    assert_eq!(results[0]["customer"]["name"], ADA);
    let error = &results[1]["error"];
    assert_eq!((&error["code"], results[1].get("customer")), (&json!(6), None));
    let details = error["details"].as_array().unwrap();
    let request =
        details.iter().find(|it| it["@type"] == "type.googleapis.com/google.rpc.BadRequest").unwrap();
    assert_eq!(request["fieldViolations"][0]["field"], "customer.email");
}

#[tokio::test]
async fn a_creation_is_201_with_its_place_and_a_deletion_204_without_a_word() {
    let world = World::new();
    let create = || post("/v1/customers", r#"{"customer": {}}"#);
    let repeated = || create().header("idempotency-key", "0190f0e0-0000-7000-8000-00000000abcd");
    for request in [create(), repeated(), repeated()] {
        let answer = world.send(request).await;
        let place = format!("/v1/{ADA}");
        assert_eq!((answer.status, answer.header("location")), (StatusCode::CREATED, Some(place.as_str())));
        assert_eq!(answer.json()["name"], ADA);
        assert_eq!(answer.header("etag"), world.get(&place).await.header("etag"));
    }
    let checked = world.send(post("/v1/customers", r#"{"customer": {}, "validateOnly": true}"#)).await;
    assert_eq!((checked.status, checked.header("location")), (StatusCode::OK, None));
    let verb = world.send(post("/v1/customers:batchCreate", r#"{"requests": [{}]}"#)).await;
    assert_eq!(verb.status, StatusCode::OK);

    let deleted = world.send(ask(Method::DELETE, &format!("/v1/{ADA}"))).await;
    assert_eq!((deleted.status, deleted.body.len()), (StatusCode::NO_CONTENT, 0));
    assert_eq!((deleted.header("content-type"), deleted.header("location")), (None, None));
}

#[tokio::test]
async fn what_the_caller_has_is_not_sent_again_until_anything_shown_changes() {
    let world = World::new();
    let get = |etag: &str| ask(Method::GET, &format!("/v1/{ADA}")).header("if-none-match", etag);
    let etag = world.get(&format!("/v1/{ADA}")).await.header("etag").expect("an etag").to_owned();
    for known in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
        let answer = world.send(get(&known)).await;
        assert_eq!((answer.status, answer.body.len()), (StatusCode::NOT_MODIFIED, 0), "{known}");
        assert_eq!(answer.header("etag"), Some(etag.as_str()));
        assert_eq!((answer.header("content-type"), answer.header("cache-control")), (None, Some("no-store")));
    }
    let head = ask(Method::HEAD, &format!("/v1/{ADA}")).header("if-none-match", &etag);
    assert_eq!(world.send(head).await.status, StatusCode::NOT_MODIFIED);
    // groups are another service's, and have no part in the version of the record
    world.profile.groups.lock().expect("a lock").push("groups/1".to_owned());
    for known in [etag.as_str(), "\"7\"", "7", ""] {
        assert_eq!(world.send(get(known)).await.status, StatusCode::OK, "{known}");
    }
}

#[tokio::test]
async fn a_read_that_shows_no_version_has_an_etag_too() {
    let world = World::new();
    let event = "/v1/events/0190f0e0-0000-7000-8000-000000000009";
    let etag = world.get(event).await.header("etag").expect("an etag").to_owned();
    let again = world.send(ask(Method::GET, event).header("if-none-match", etag)).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn a_deprecated_field_is_shown_only_where_it_holds_something() {
    let world = World::new();
    let old = world.get("/v1/events/0190f0e0-0000-7000-8000-000000000009").await.json();
    assert_eq!(old["changes"], json!([{"field": "city", "new": "London"}]));
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let world = World::new();
    let got = world.get(&format!("/v1/{ADA}")).await;
    let head = world.send(ask(Method::HEAD, &format!("/v1/{ADA}"))).await;
    assert_eq!((head.status, head.header("etag")), (StatusCode::OK, got.header("etag")));
    assert!(head.body.is_empty());
    assert_eq!(head.header("content-length"), Some(got.body.len().to_string().as_str()));
}
