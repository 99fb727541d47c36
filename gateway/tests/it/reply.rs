//! What HTTP callers get for what services answer.

use crate::world::{ADA, World, ask, post};
use http::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn a_resource_comes_as_json_with_its_etag() {
    let world = World::new();
    let answer = world.get(&format!("/v1/{ADA}")).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("etag"), Some("\"7\""));
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
async fn nothing_to_say_is_an_empty_object() {
    let world = World::new();
    let answer = world.send(ask(Method::DELETE, &format!("/v1/{ADA}"))).await;
    assert_eq!((answer.status, answer.text()), (StatusCode::OK, "{}"));
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let world = World::new();
    let got = world.get(&format!("/v1/{ADA}")).await;
    let head = world.send(ask(Method::HEAD, &format!("/v1/{ADA}"))).await;
    assert_eq!((head.status, head.header("etag")), (StatusCode::OK, Some("\"7\"")));
    assert!(head.body.is_empty());
    assert_eq!(head.header("content-length"), Some(got.body.len().to_string().as_str()));
}
