use super::{events, name};
use futures::future::join_all;
use http::Method;
use patron_tests::{Answer, Role, Sample, World};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

#[tokio::test]
async fn a_request_that_is_repeated_gives_the_same_customer() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let mut request = Sample::new().with_address().json();
    request["requestId"] = json!(request_id());
    let (first, second) = (manager.create(&request).await, manager.create(&request).await);
    assert_eq!(first["name"], second["name"]);
    let addresses = manager.get(&format!("/v1/{}/addresses", name(&first))).await.ok();
    assert_eq!(addresses["addresses"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn over_http_a_creation_and_its_repeat_are_201_and_a_deletion_and_its_repeat_204() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let (key, body) = (request_id(), Sample::new().json());
    let mut places = BTreeSet::new();
    for _ in 0..2 {
        let request = manager.request(Method::POST, "/v1/customers").header("idempotency-key", &key);
        let created = manager.send(request.json(&body)).await;
        assert_eq!(created.status, 201, "{:#}", created.body);
        places.insert(created.header("location").unwrap().to_owned());
    }
    let place = places.pop_first().unwrap();
    assert!(places.is_empty(), "one customer, one place");

    let read = manager.get(&place).await;
    let known = manager.request(Method::GET, &place).header("if-none-match", read.header("etag").unwrap());
    assert_eq!(manager.send(known).await.status, 304);
    assert_eq!(manager.patch(&place, &json!({"company": "Analytical Engines"})).await.status, 200);
    let known = manager.request(Method::GET, &place).header("if-none-match", read.header("etag").unwrap());
    assert_eq!(manager.send(known).await.status, 200);

    let key = request_id();
    for _ in 0..2 {
        let request = manager.request(Method::DELETE, &format!("{place}?requestId={key}"));
        let deleted = manager.send(request).await;
        assert_eq!((deleted.status.as_u16(), deleted.body.is_null()), (204, true), "{:#}", deleted.body);
    }
    manager.get(&place).await.refused(404, "RESOURCE_NOT_FOUND");
}

#[tokio::test]
async fn a_request_id_with_another_body_is_refused() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let (mut request, mut other) = (Sample::new().json(), Sample::new().json());
    request["requestId"] = json!(request_id());
    other["requestId"] = request["requestId"].clone();
    manager.create(&request).await;
    manager.post("/v1/customers", &other).await.refused(422, "REQUEST_ID_REUSED");
}

#[tokio::test]
async fn a_request_id_of_one_caller_means_nothing_to_another() {
    let world = World::shared().await;
    let (manager, support) = (world.signed_in(Role::Manager).await, world.signed_in(Role::Support).await);
    let (mut request, mut other) = (Sample::new().json(), Sample::new().json());
    request["requestId"] = json!(request_id());
    other["requestId"] = request["requestId"].clone();
    let (one, two) = (manager.create(&request).await, support.create(&other).await);
    assert_ne!(one["name"], two["name"]);
}

#[tokio::test]
async fn eight_requests_at_once_with_one_id_create_one_customer() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let mut request = Sample::new().with_address().json();
    request["requestId"] = json!(request_id());
    let created = join_all((0..8).map(|_| manager.create(&request))).await;
    let names: BTreeSet<&str> = created.iter().map(name).collect();
    assert_eq!(names.len(), 1, "{names:?}");
    let creations = async || {
        let events = events(&manager, name(&created[0])).await;
        events.iter().filter(|event| event["type"] == "customer.created").count()
    };
    patron_tests::holds("the creation is recorded", super::PUBLISHED, async || creations().await > 0).await;
    assert_eq!(creations().await, 1);
}

#[tokio::test]
async fn an_edit_that_is_repeated_changes_nothing_more() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let path = format!("/v1/{}", name(&manager.create(&Sample::new().json()).await));
    let (first, other) = (json!({"company": "First"}), json!({"company": "Second"}));
    let repeated = format!("{path}?requestId={}", request_id());
    manager.patch(&repeated, &first).await.ok();
    manager.patch(&path, &other).await.ok();
    manager.patch(&repeated, &first).await.ok();
    assert_eq!(manager.get(&path).await.ok()["company"], "Second");
}

#[tokio::test]
async fn of_two_who_create_one_email_at_once_one_wins_and_the_other_learns_the_field() {
    let world = World::shared().await;
    let (manager, support) = (world.signed_in(Role::Manager).await, world.signed_in(Role::Support).await);
    for _ in 0..5 {
        let sample = Sample::new().with_address();
        let (mut typed, mut shouted) = (sample.json(), sample.json());
        typed["customer"]["firstName"] = json!("Augusta");
        shouted["customer"]["email"] = json!(sample.email.to_uppercase());
        let (one, two) =
            tokio::join!(manager.post("/v1/customers", &typed), support.post("/v1/customers", &shouted));
        let (won, lost): (Vec<Answer>, Vec<Answer>) =
            [one, two].into_iter().partition(|answer| answer.status.is_success());
        assert_eq!((won.len(), lost.len()), (1, 1), "{won:?} {lost:?}");
        assert_eq!(lost[0].wrong_fields(), ["customer.email"]);
        lost[0].clone().refused(409, "VALUE_TAKEN");
    }
}

fn request_id() -> String {
    Uuid::from_u128(rand::random()).to_string()
}
