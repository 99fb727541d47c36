//! What services are asked for what HTTP callers say.

use crate::world::{ADA, Ask, World, ask, patch, post};
use http::{Method, StatusCode};
use patron_proto::profile::v1::customer::AccountType;
use serde_json::json;
use std::collections::HashSet;

const REQUEST_ID: &str = "0190f0e0-0000-7000-8000-00000000abcd";

fn path() -> String {
    format!("/v1/{ADA}")
}

#[tokio::test]
async fn a_name_in_the_path_becomes_the_name() {
    let world = World::new();
    assert_eq!(world.get(&path()).await.status, StatusCode::OK);
    assert_eq!(world.profile.get.latest().name, ADA);
}

#[tokio::test]
async fn parameters_of_the_query_become_fields() {
    let world = World::new();
    let query = "query=lovelace+%26%20co&pageSize=25&page_token=&createTimeFrom=2026-01-31T12:00:00Z&countTotalSize=true";
    assert_eq!(world.get(&format!("/v1/customers?{query}")).await.status, StatusCode::OK);
    let asked = world.profile.list.latest();
    assert_eq!((asked.query.as_str(), asked.page_size, asked.count_total_size), ("lovelace & co", 25, true));
    assert_eq!(asked.create_time_from.expect("a time").seconds, 1_769_860_800);
}

#[tokio::test]
async fn a_repeated_parameter_becomes_a_list() {
    let world = World::new();
    let other = ADA.replace("001", "002");
    world.get(&format!("/v1/customers:batchGet?names={ADA}&names={other}")).await;
    assert_eq!(world.profile.batch.latest().names, [ADA, &other]);
}

#[tokio::test]
async fn a_whole_body_becomes_the_request() {
    let world = World::new();
    let body = json!({
        "customer": {"firstName": "Ada", "accountType": "ACCOUNT_TYPE_PRIVATE", "birthDate": {"year": 1815, "month": 12, "day": 10}},
        "addresses": [{"line1": "12 St James's Square"}],
        "requestId": REQUEST_ID,
    });
    assert_eq!(world.send(post("/v1/customers", body.to_string())).await.status, StatusCode::CREATED);
    let asked = world.profile.create.latest();
    let customer = asked.customer.expect("a customer");
    assert_eq!(customer.account_type(), AccountType::Private);
    assert_eq!(customer.birth_date.expect("a date").year, 1815);
    assert_eq!(asked.addresses[0].line1, "12 St James's Square");
}

#[tokio::test]
async fn a_body_may_be_one_field_beside_path_and_query() {
    let world = World::new();
    let query = format!("requestId={REQUEST_ID}");
    let answer = world.send(post(&format!("{}/addresses?{query}", path()), r#"{"city": "London"}"#)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    let asked = world.address.create.latest();
    assert_eq!((asked.parent.as_str(), asked.request_id.as_str()), (ADA, REQUEST_ID));
    assert_eq!(asked.address.expect("an address").city, "London");
}

#[tokio::test]
async fn a_mask_is_taken_by_json_names_and_by_proto_names() {
    let world = World::new();
    for mask in [
        "firstName,primaryPhone.number",
        "first_name,primary_phone.number",
        "firstName%2C%20primary_phone.number",
    ] {
        world.send(patch(&format!("{}?updateMask={mask}", path()), r#"{"firstName": "A"}"#)).await;
        let asked = world.profile.update.latest();
        assert_eq!(
            asked.update_mask.expect("a mask").paths,
            ["first_name", "primary_phone.number"],
            "{mask}"
        );
    }
}

#[tokio::test]
async fn without_a_mask_a_change_is_of_what_the_body_names() {
    let world = World::new();
    let body = json!({
        "name": ADA, "etag": "7", "firstName": "Augusta", "company": null, "newsletter": false,
        "primaryPhone": {"number": "+442079765722"}, "createTime": "2026-01-31T12:00:00Z",
    });
    let answer = world.send(patch(&path(), body.to_string())).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let asked = world.profile.update.latest();
    let paths = asked.update_mask.expect("a mask").paths;
    assert_eq!(paths, ["first_name", "company", "newsletter", "primary_phone"]);
    assert_eq!(asked.customer.expect("a customer").name, ADA);
}

#[tokio::test]
async fn a_body_that_names_nothing_has_no_mask() {
    let world = World::new();
    world.send(patch(&path(), "{}")).await;
    assert_eq!(world.profile.update.latest().update_mask, None);
}

#[tokio::test]
async fn if_match_becomes_the_etag() {
    let world = World::new();
    world.send(patch(&path(), "{}").header("if-match", "\"7\"")).await;
    assert_eq!(world.profile.update.latest().customer.expect("a customer").etag, "7");
    let shown = world.get(&path()).await.header("etag").expect("an etag").to_owned();
    world.send(patch(&path(), "{}").header("if-match", shown)).await;
    assert_eq!(world.profile.update.latest().customer.expect("a customer").etag, "7");
    world.send(ask(Method::DELETE, &path()).header("if-match", "\"8\"")).await;
    assert_eq!(world.profile.delete.latest().etag, "8");
    world.send(ask(Method::DELETE, &path()).header("if-match", "*")).await;
    assert_eq!(world.profile.delete.latest().etag, "");
    for none in ["\"\"", "\"*\"", "\".digest\""] {
        let refused = world.send(patch(&path(), "{}").header("if-match", none)).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{none} would match every version");
    }
}

#[tokio::test]
async fn idempotency_key_becomes_the_request_id() {
    let world = World::new();
    for key in [REQUEST_ID.to_owned(), format!("\"{REQUEST_ID}\"")] {
        let request = post("/v1/customers", r#"{"customer": {}}"#).header("idempotency-key", &key);
        assert_eq!(world.send(request).await.status, StatusCode::CREATED);
        assert_eq!(world.profile.create.latest().request_id, REQUEST_ID);
    }
}

#[tokio::test]
async fn every_key_of_255_visible_characters_is_a_request_id_of_its_own() {
    let world = World::new();
    let longest = "k".repeat(255);
    let mut ids = HashSet::new();
    for key in [
        "1",
        "order 17, first try",
        "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
        &REQUEST_ID.replace('-', ""),
        &longest,
    ] {
        for sent in [key.to_owned(), format!("\"{key}\""), key.to_owned()] {
            let request = post("/v1/customers", r#"{"customer": {}}"#).header("idempotency-key", &sent);
            assert_eq!(world.send(request).await.status, StatusCode::CREATED, "{sent}");
            ids.insert(world.profile.create.latest().request_id);
        }
    }
    assert_eq!(ids.len(), 5, "{ids:?}");
}

#[tokio::test]
async fn a_key_is_refused_where_nobody_would_know_the_repeat_and_needless_where_a_repeat_does_no_more() {
    let world = World::new();
    let key = |request: Ask| request.header("idempotency-key", "one");
    let session = json!({"identifier": "grace", "password": "x", "userKind": "USER_KIND_STAFF"}).to_string();
    for (request, advice) in [
        (post("/v1/customers:batchCreate", r#"{"requests": [{}]}"#), "each of requests a requestId"),
        (post("/v1/sessions", session), "leave it out"),
        (post(&format!("{}/account:setPassword", path()), "{}"), "leave it out"),
    ] {
        let answer = world.send(key(request)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
        let violations = answer.json()["violations"].clone();
        assert_eq!(violations[0]["field"], "idempotency-key");
        assert!(violations[0]["description"].as_str().expect("text").contains(advice), "{violations}");
    }
    assert_eq!(world.identity.create.count(), 0);
    assert_eq!(world.send(key(ask(Method::GET, &path()))).await.status, StatusCode::OK);
    let ended = world.send(key(ask(Method::DELETE, "/v1/sessions/current"))).await;
    assert_ne!(ended.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn nothing_but_what_is_meant_to_goes_on_to_services() {
    let world = World::new();
    let request = ask(Method::GET, &path())
        .header("authorization", "Bearer mine")
        .header("baggage", "user=1")
        .header("patron-client-address", "6.6.6.6")
        .header("patron-client-agent", "root")
        .header("user-agent", "curl")
        .header("x-user", "root")
        .header("grpc-timeout", "99H")
        .header("cookie", "patron=x");
    world.send(request).await;
    assert_eq!(world.profile.get.metadata("authorization").as_deref(), Some("Bearer mine"));
    for name in [
        "baggage",
        "patron-client-address",
        "patron-client-agent",
        "x-user",
        "grpc-timeout",
        "cookie",
        "host",
    ] {
        assert_eq!(world.profile.get.metadata(name), None, "{name}");
    }
}

#[tokio::test]
async fn positions_go_on_to_lists_and_back_from_writes() {
    let world = World::new();
    let created = world.send(post("/v1/customers", r#"{"customer": {}}"#)).await;
    assert_eq!(created.header("patron-consistency-token"), Some("profile/customers/1@1"));
    let request =
        ask(Method::GET, "/v1/customers").header("patron-consistency-token", "profile/customers/1@1");
    let listed = world.send(request).await;
    assert_eq!(
        world.profile.list.metadata("patron-consistency-token").as_deref(),
        Some("profile/customers/1@1")
    );
    assert_eq!(listed.header("patron-behind"), Some("true"));
}
