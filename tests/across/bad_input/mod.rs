//! What no client should send: refused with the field that is wrong, and never as a fault of ours.

mod lists;
mod required;
mod sweep_grpc;
mod sweep_http;

use http::Method;
use patron_tests::{Caller, Role, Sample, World};
use serde_json::json;

/// Longest body that is taken, in bytes.
const LONGEST: usize = 1024 * 1024;

/// Bodies that create no customer, with the field that is named.
fn bodies() -> Vec<(String, &'static str)> {
    let customer = |fields: &str| format!(r#"{{"customer": {{{fields}}}}}"#);
    let nested = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    vec![
        (customer(r#""firstName": "a\u0000b""#), "customer.firstName"),
        (customer(r#""firstName": "\ud800""#), "customer.firstName"),
        (customer(r#""firstName": 7"#), "customer.firstName"),
        (customer(r#""firstName": {"a": 1}"#), "customer.firstName"),
        (customer(r#""newsletter": "yes""#), "customer.newsletter"),
        (customer(r#""birthDate": {"year": "last"}"#), "customer.birthDate.year"),
        (customer(r#""assignedStaff": "staff/1""#), "customer.assignedStaff"),
        (customer(r#""nickname": "Ada""#), "customer.nickname"),
        (customer(r#""accountType": "ACCOUNT_TYPE_ROYAL""#), "customer.accountType"),
        (customer(r#""accountType": 77"#), "customer.accountType"),
        (customer(r#""email": "a@example.com", "email": "b@example.com""#), "customer.email"),
        (customer(r#""jobTitle": "a", "job_title": "b""#), "customer.jobTitle"),
        (r#"{"groups": ["groups/1"]}"#.to_owned(), "groups[0]"),
        (r#"{"requestId": "1"}"#.to_owned(), "requestId"),
        (nested(33), "a"),
        ("{".to_owned(), ""),
        ("[]".to_owned(), ""),
        ("null".to_owned(), ""),
    ]
}

#[tokio::test]
async fn a_bad_body_is_400_and_names_the_field() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    for (body, field) in bodies() {
        let shown: String = body.chars().take(60).collect();
        let answer = send(&manager, Method::POST, "/v1/customers", body).await;
        assert_eq!(answer.status, 400, "{shown}: {:#}", answer.body);
        let named = answer.wrong_fields().contains(&field) || field.is_empty();
        assert!(named, "{shown}: {field} is not in {:#}", answer.body);
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_of_utf_8_or_too_long_is_refused() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let latin = b"{\"customer\": {\"firstName\": \"Andr\xe9\"}}".to_vec();
    assert_eq!(send(&manager, Method::POST, "/v1/customers", latin).await.status, 400);
    let form = manager.request(Method::POST, "/v1/customers").body("customer=Ada");
    assert_eq!(manager.send(form).await.status, 415);
    let long = format!(r#"{{"customer": {{"firstName": "{}"}}}}"#, "x".repeat(LONGEST));
    assert_eq!(send(&manager, Method::POST, "/v1/customers", long).await.status, 413);
}

#[tokio::test]
async fn a_name_that_is_none_is_400_before_anything_is_looked_up() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let nearly = [
        "01890a5d-ac96-774b-bcce-b302099a805",
        "01890A5D-AC96-774B-BCCE-B302099A8057",
        "-",
        "1%2F2",
        "%00",
        "me",
    ];
    for id in nearly.into_iter().chain(["------------------------------------"]) {
        for path in [
            format!("/v1/customers/{id}"),
            format!("/v1/customers/{id}/addresses"),
            format!("/v1/groups/{id}"),
        ] {
            let answer = manager.get(&path).await;
            assert_eq!(answer.status, 400, "{path}: {:#}", answer.body);
        }
    }
    manager
        .get("/v1/customers/01890a5d-ac96-774b-bcce-b302099a8057")
        .await
        .refused(404, "RESOURCE_NOT_FOUND");
}

#[tokio::test]
async fn a_viewer_who_writes_is_refused_whatever_is_written() {
    let world = World::shared().await;
    let (viewer, manager) = (world.signed_in(Role::Viewer).await, world.signed_in(Role::Manager).await);
    let created = manager.create(&Sample::new().json()).await;
    let existing = format!("/v1/{}", created["name"].as_str().unwrap());
    let absent = "/v1/customers/01890a5d-ac96-774b-bcce-b302099a8057";
    viewer.post("/v1/customers", &Sample::new().json()).await.refused(403, "PERMISSION_MISSING");
    for path in [existing.as_str(), absent] {
        viewer.patch(path, &json!({"company": "Mine"})).await.refused(403, "PERMISSION_MISSING");
        viewer.delete(path).await.refused(403, "PERMISSION_MISSING");
        viewer.post(&format!("{path}/addresses"), &json!({})).await.refused(403, "PERMISSION_MISSING");
    }
    assert_eq!(viewer.get(&existing).await.ok()["company"], "");
}

/// Sends a body as it is, as JSON.
async fn send(
    caller: &Caller<'_>,
    method: Method,
    path: &str,
    body: impl Into<reqwest::Body>,
) -> patron_tests::Answer {
    let request = caller.request(method, path).header("content-type", "application/json").body(body);
    caller.send(request).await
}
