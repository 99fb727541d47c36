use super::{PUBLISHED, event, events, name};
use http::Method;
use patron_proto::profile::v1::{
    Customer, UpdateCustomerRequest, customer_service_client::CustomerServiceClient,
};
use patron_tests::{Answer, Caller, Role, Sample, World, holds};
use serde_json::{Value, json};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[tokio::test]
async fn an_edit_by_grpc_changes_the_named_fields_and_no_others() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let created = manager.create(&Sample::new().json()).await;
    let mut client = CustomerServiceClient::new(manager.grpc("profile").await);
    let customer = Customer {
        name: name(&created).to_owned(),
        job_title: "Analyst".to_owned(),
        first_name: "not named in the mask".to_owned(),
        ..Customer::default()
    };
    let mask = prost_types::FieldMask { paths: vec!["job_title".to_owned(), "company".to_owned()] };
    let request =
        UpdateCustomerRequest { customer: Some(customer), update_mask: Some(mask), ..Default::default() };
    let updated = client.update_customer(request).await.unwrap().into_inner();
    assert_eq!((updated.job_title.as_str(), updated.first_name.as_str()), ("Analyst", "Ada"));

    let read = manager.get(&format!("/v1/{}", name(&created))).await;
    assert!(read.header("etag").unwrap().starts_with(&format!("\"{}.", updated.etag)));
    assert_eq!(read.ok()["jobTitle"], "Analyst");
}

#[tokio::test]
async fn of_two_edits_of_one_field_the_second_learns_what_changed_and_by_whom() {
    let world = World::shared().await;
    let (manager, support) = (world.signed_in(Role::Manager).await, world.signed_in(Role::Support).await);
    let created = manager.create(&Sample::new().json()).await;
    edit(&manager, &created, json!({"company": "Analytical Engines"})).await.ok();
    let refused =
        edit(&support, &created, json!({"company": "Difference Engines", "jobTitle": "Analyst"})).await;
    let problem = refused.refused(412, "CHANGED_SINCE_ETAG");
    assert_eq!(problem["metadata"]["fields"], "company");
    assert_eq!(problem["metadata"]["changed_by"], world.staff(Role::Manager).await.name.as_str());

    let read = manager.get(&format!("/v1/{}", name(&created))).await.ok();
    assert_eq!((&read["company"], &read["jobTitle"]), (&json!("Analytical Engines"), &json!("")));
}

#[tokio::test]
async fn what_only_the_service_writes_is_refused_where_it_differs_and_passes_where_it_does_not() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let created = manager.create(&Sample::new().json()).await;
    let path = format!("/v1/{}", name(&created));
    for field in [json!({"status": "STATUS_DISABLED"}), json!({"groups": ["groups/1"], "company": "A"})] {
        let refused = manager.patch(&path, &field).await;
        assert_eq!(refused.wrong_fields(), ["updateMask"]);
        refused.refused(400, "INVALID_FIELD");
    }
    let mut whole = created.clone();
    whole["company"] = json!("Analytical Engines");
    assert_eq!(manager.patch(&path, &whole).await.ok()["company"], "Analytical Engines");
}

#[tokio::test]
async fn two_edits_of_different_fields_both_stand() {
    let world = World::shared().await;
    let (manager, support) = (world.signed_in(Role::Manager).await, world.signed_in(Role::Support).await);
    let created = manager.create(&Sample::new().json()).await;
    edit(&manager, &created, json!({"company": "Analytical Engines"})).await.ok();
    edit(&support, &created, json!({"jobTitle": "Analyst"})).await.ok();
    let read = manager.get(&format!("/v1/{}", name(&created))).await.ok();
    assert_eq!((&read["company"], &read["jobTitle"]), (&json!("Analytical Engines"), &json!("Analyst")));
}

#[tokio::test]
async fn history_shows_old_and_new_value_who_and_the_trace_that_was_sent() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let created = manager.create(&Sample::new().json()).await;
    let traced = manager
        .request(Method::PATCH, &format!("/v1/{}", name(&created)))
        .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .json(&json!({"firstName": "Augusta"}));
    let answer = manager.send(traced).await;
    assert!(answer.header("traceparent").unwrap().starts_with(&format!("00-{TRACE}-")), "{answer:?}");
    answer.ok();

    let event = event(&manager, name(&created), "customer.updated").await;
    let [change] = event["changes"].as_array().unwrap().as_slice() else { panic!("one change") };
    assert_eq!(
        (&change["field"], &change["old"], &change["new"]),
        (&json!("first_name"), &json!("Ada"), &json!("Augusta"))
    );
    let staff = world.staff(Role::Manager).await;
    assert_eq!(event["context"]["actor"], staff.name.as_str());
    assert_eq!(event["context"]["actorDisplayName"], "Test manager");
    assert_eq!(event["context"]["traceId"], TRACE);
    assert_eq!((&event["source"], &event["resource"]), (&json!("profile"), &created["name"]));
}

#[tokio::test]
async fn history_is_in_the_order_of_the_changes_latest_first() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let created = manager.create(&Sample::new().json()).await;
    let titles: Vec<String> = (0..10).map(|number| format!("Analyst {number}")).collect();
    for title in &titles {
        manager.patch(&format!("/v1/{}", name(&created)), &json!({"jobTitle": title})).await.ok();
    }
    let recorded = async || {
        let events = events(&manager, name(&created)).await;
        let edits = events.iter().filter(|event| event["type"] == "customer.updated");
        edits.map(|event| event["changes"][0]["new"].as_str().unwrap().to_owned()).rev().collect::<Vec<_>>()
    };
    holds("every edit is recorded", PUBLISHED, async || recorded().await.len() == titles.len()).await;
    assert_eq!(recorded().await, titles);
}

#[tokio::test]
async fn a_list_that_is_sent_the_token_of_a_write_shows_the_write() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let created = manager.create(&Sample::new().json()).await;
    for number in 0..5 {
        let title = format!("Analyst {number}");
        let written = manager.patch(&format!("/v1/{}", name(&created)), &json!({"jobTitle": title})).await;
        let token = written.header("patron-consistency-token").unwrap().to_owned();
        let path = format!("/v1/{}/events?pageSize=1", name(&created));
        let listed =
            manager.send(manager.request(Method::GET, &path).header("patron-consistency-token", token)).await;
        let behind = listed.header("patron-behind") == Some("true");
        assert!(
            behind || listed.body["events"][0]["changes"][0]["new"] == title.as_str(),
            "{:#}",
            listed.body
        );
    }
}

/// Changes what `fields` names, with the etag of the customer as it was created.
async fn edit(caller: &Caller<'_>, created: &Value, fields: Value) -> Answer {
    let request = caller.request(Method::PATCH, &format!("/v1/{}", name(created)));
    let etag = format!("\"{}\"", created["etag"].as_str().unwrap());
    caller.send(request.header("if-match", etag).json(&fields)).await
}
