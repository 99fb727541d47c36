//! What is refused, and how it is answered.

use crate::world::{ADA, World, ask, patch, post};
use http::{Method, StatusCode};
use patron_chassis::{permission::Permission, status::Problem};
use serde_json::json;
use std::time::Duration;
use tonic::Status;

#[tokio::test]
async fn bad_input_is_400_with_its_field_and_reaches_no_service() {
    let nested = format!("{}1{}", r#"{"a":"#.repeat(33), "}".repeat(33));
    let create = |body: &str| post("/v1/customers", body.to_owned());
    let path = format!("/v1/{ADA}");
    let table = [
        (create(r#"{"customer": {"firstName": "a\u0000"}}"#), "customer.firstName"),
        (create(r#"{"customer": {"firstName": "\ud800"}}"#), "customer.firstName"),
        (create(r#"{"customer": {"nick": "a"}}"#), "customer.nick"),
        (create(r#"{"customer": {"accountType": "RICH"}}"#), "customer.accountType"),
        (create(r#"{"customer": {"email": "a", "email": "b"}}"#), "customer.email"),
        (create(r#"{"addresses": [{}, {"uses": ["NO"]}]}"#), "addresses[1].uses[0]"),
        (create("{"), ""),
        (create("[]"), ""),
        (create(&nested), "a"),
        (create("{}").header("idempotency-key", "1").header("idempotency-key", "2"), "idempotency-key"),
        (create("{}").header("idempotency-key", ""), "idempotency-key"),
        (create("{}").header("idempotency-key", "\"\""), "idempotency-key"),
        (create("{}").header("idempotency-key", "k".repeat(256)), "idempotency-key"),
        (
            create(r#"{"requestId": "0190f0e0-0000-7000-8000-00000000abcd"}"#).header("idempotency-key", "1"),
            "requestId",
        ),
        (post("/v1/customers?pageSize=1", "{}"), "pageSize"),
        (patch(&path, r#"{"name": "customers/other"}"#), "customer.name"),
        (patch(&path, r#"{"etag": "1"}"#).header("if-match", "\"2\""), "customer.etag"),
        (patch(&path, "{}").header("if-match", "2"), "if-match"),
        (patch(&path, "{}").header("if-match", "W/\"2\""), "if-match"),
        (patch(&path, "{}").header("if-match", "\"1\", \"2\""), "if-match"),
        (create("{}").header("if-match", "\"1\""), "if-match"),
        (create("{}").header("if-none-match", "*"), "if-none-match"),
        (patch(&path, "{}").header("if-none-match", "\"1\""), "if-none-match"),
        (patch(&format!("{path}?customer.email=a"), "{}"), "customer.email"),
        (patch(&format!("{path}?customer.name=a"), "{}"), "customer.name"),
        (ask(Method::GET, &format!("{path}?name=x")), "name"),
        (ask(Method::GET, "/v1/customers?nothing=1"), "nothing"),
        (ask(Method::GET, "/v1/customers?pageSize=a"), "pageSize"),
        (ask(Method::GET, "/v1/customers?pageSize=1&pageSize=2"), "pageSize"),
        (ask(Method::GET, "/v1/customers?query=%ff"), "query"),
        (ask(Method::GET, "/v1/customers?query=%00"), "query"),
        (ask(Method::GET, "/v1/customers?countTotalSize=yes"), "countTotalSize"),
        (ask(Method::GET, "/v1/customers?createTimeFrom=today"), "createTimeFrom"),
        (ask(Method::GET, "/v1/customers/%ff"), ""),
        (ask(Method::DELETE, &path).json("{}"), ""),
    ];
    let world = World::new();
    for (number, (request, field)) in table.into_iter().enumerate() {
        let answer = world.send(request).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{number}: {answer:?}");
        assert_eq!(answer.wrong_fields(), [field], "{number}: {answer:?}");
        assert_eq!(answer.json()["reason"], "INVALID_FIELD", "{number}");
    }
    let profile = &world.profile;
    assert_eq!(
        [profile.create.count(), profile.update.count(), profile.get.count(), profile.list.count()],
        [0; 4]
    );
}

#[tokio::test]
async fn what_services_find_wrong_is_named_as_in_json() {
    let world = World::new();
    let body = json!({"customer": {"firstName": "x".repeat(101), "primaryPhone": {"regionCode": "USA"}}, "requestId": "1"});
    let answer = world.send(post("/v1/customers", body.to_string())).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let fields = ["customer.firstName", "customer.primaryPhone.regionCode", "requestId"];
    assert_eq!(answer.wrong_fields(), fields);
}

#[tokio::test]
async fn a_body_of_too_many_values_is_refused_before_it_becomes_a_message() {
    let many = format!(r#"{{"requests": [{}{{}}]}}"#, "{},".repeat(300_000));
    let answer = World::new().send(post("/v1/customers:batchCreate", many)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text().contains("holds more than 65536 values"), "{answer:?}");
}

#[tokio::test]
async fn every_meaning_has_its_status_and_reason() {
    let table: [(Problem, u16, &str, &str); 11] = [
        (Problem::invalid("customer.work_phone", "is wrong"), 400, "INVALID_ARGUMENT", "INVALID_FIELD"),
        (Problem::RequestIdReused, 422, "INVALID_ARGUMENT", "REQUEST_ID_REUSED"),
        (Problem::CredentialsMissing, 401, "UNAUTHENTICATED", "CREDENTIALS_MISSING"),
        (Problem::PermissionDenied(Permission::CustomerRead), 403, "PERMISSION_DENIED", "PERMISSION_MISSING"),
        (Problem::not_found("customer", ADA), 404, "NOT_FOUND", "RESOURCE_NOT_FOUND"),
        (Problem::Taken { kind: "customer", field: "customer.email" }, 409, "ALREADY_EXISTS", "VALUE_TAKEN"),
        (
            Problem::Conflict { fields: vec!["email".to_owned()], changed_by: Some("staff/1".to_owned()) },
            412,
            "ABORTED",
            "CHANGED_SINCE_ETAG",
        ),
        (
            Problem::Limit { retry_after: Duration::from_millis(1_500) },
            429,
            "RESOURCE_EXHAUSTED",
            "LIMIT_REACHED",
        ),
        (Problem::Late, 504, "DEADLINE_EXCEEDED", "DEADLINE_PASSED"),
        (Problem::Unavailable, 503, "UNAVAILABLE", "UNAVAILABLE"),
        (Problem::internal("secret"), 500, "INTERNAL", "INTERNAL"),
    ];
    for (problem, status, code, reason) in table {
        let world = World::new();
        world.profile.update.fail(problem);
        let answer = world.send(patch(&format!("/v1/{ADA}"), "{}")).await;
        let document = answer.json();
        assert_eq!(answer.status.as_u16(), status, "{reason}");
        assert_eq!(
            (&document["code"], &document["reason"], &document["status"]),
            (&json!(code), &json!(reason), &json!(status))
        );
        assert_eq!(document["type"], format!("urn:patron:problem:{reason}"));
        let trace = answer.header("traceparent").expect("a trace").split('-').nth(1);
        assert_eq!(document["traceId"].as_str(), trace, "{reason}");
        assert!(!answer.text().contains("secret"));
    }
}

#[tokio::test]
async fn details_of_a_rejection_are_answered() {
    let world = World::new();
    world.profile.create.fail(Problem::Taken { kind: "customer", field: "customer.work_phone" });
    let taken = world.send(post("/v1/customers", r#"{"customer": {}}"#)).await;
    assert_eq!(taken.wrong_fields(), ["customer.workPhone"]);
    assert_eq!(taken.json()["resource"]["type"], "customer");

    let conflict =
        Problem::Conflict { fields: vec!["email".to_owned()], changed_by: Some("staff/1".to_owned()) };
    world.profile.update.fail(conflict);
    let conflict = world.send(patch(&format!("/v1/{ADA}"), "{}")).await;
    assert_eq!(conflict.json()["metadata"], json!({"fields": "email", "changed_by": "staff/1"}));

    let state =
        Problem::State { rule: "LAST", subject: ADA.to_owned(), description: "is the last".to_owned() };
    world.profile.delete.fail(state);
    let state = world.send(ask(Method::DELETE, &format!("/v1/{ADA}"))).await;
    assert_eq!(
        state.json()["preconditions"],
        json!([{"rule": "LAST", "subject": ADA, "description": "is the last"}])
    );

    world.profile.list.fail(Problem::Limit { retry_after: Duration::from_millis(1_500) });
    assert_eq!(world.get("/v1/customers").await.header("retry-after"), Some("2"));
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a status as no service of Patron makes it")]
async fn a_status_from_in_between_reveals_nothing_of_the_inside() {
    let world = World::new();
    world.profile.create.fail(Status::unknown("tcp connect error: 10.1.2.3:7002"));
    let answer = world.send(post("/v1/customers", r#"{"customer": {}}"#)).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!answer.text().contains("10.1.2.3"), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn only_what_may_be_repeated_is_tried_again() {
    let world = World::new();
    world.profile.list.fail(Problem::Unavailable);
    let answer = world.get("/v1/customers").await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, Some("1")));
    assert_eq!(world.profile.list.count(), 3);

    world.profile.create.fail(Problem::Unavailable);
    world.send(post("/v1/customers", r#"{"customer": {}}"#)).await;
    assert_eq!(world.profile.create.count(), 1);
    let id = "0190f0e0-0000-7000-8000-00000000abcd";
    world.send(post("/v1/customers", r#"{"customer": {}}"#).header("idempotency-key", id)).await;
    assert_eq!(world.profile.create.count(), 4);
}
