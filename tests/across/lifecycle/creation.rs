use super::{PUBLISHED, event, events, group, name};
use patron_proto::{
    activity::v1::{ListActivityEventsRequest, activity_service_client::ActivityServiceClient},
    identity::v1::UserKind,
};
use patron_tests::{Caller, Person, Role, Sample, World, holds, unique};
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn a_customer_is_created_whole_in_one_call() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let group = group(&manager).await;
    let username = unique();
    let mut request = Sample::new().with_address().in_group(&group).json();
    request["account"] = json!({"username": username, "password": "only for the first time"});
    let created = manager.create(&request).await;

    let customer = name(&created);
    let overview = manager.get(&format!("/v1/{customer}:overview")).await.ok();
    assert_eq!(overview["missingParts"], json!([]));
    assert_eq!(overview["customer"]["lastName"], request["customer"]["lastName"]);
    assert_eq!(overview["addresses"][0]["line1"], "12 St James's Square");
    assert_eq!(overview["addresses"][0]["countryCode"], "GB");
    assert_eq!(overview["memberships"][0]["group"], group.as_str());
    assert_eq!(overview["memberships"][0]["primary"], true);
    assert_eq!(overview["account"]["username"], username.as_str());
    assert_eq!(overview["account"]["passwordTemporary"], true);
}

#[tokio::test]
async fn a_caller_is_known_by_the_answer_that_was_given_at_the_creation() {
    let world = World::shared().await;
    let support = world.signed_in(Role::Support).await;
    let questions = support.get("/v1/securityQuestions").await.ok();
    let question = &questions["securityQuestions"][0];
    let mut request = Sample::new().json();
    request["account"] =
        json!({"username": unique(), "securityQuestion": question["name"], "securityAnswer": "São Paulo"});
    let created = support.create(&request).await;
    let account = format!("/v1/{}/account", name(&created));
    assert_eq!(support.get(&account).await.ok()["securityQuestion"], question["text"]);
    for (answer, correct) in [("sao  PAULO", true), ("Rio", false)] {
        let path = format!("{account}:verifySecurityAnswer");
        let verified = support.post(&path, &json!({"securityAnswer": answer})).await.ok();
        assert_eq!(verified["correct"], correct, "{answer}");
    }
    event(&support, name(&created), "account.security_answer_verified").await;
    let failed = event(&support, name(&created), "account.security_answer_failed").await;
    assert_eq!(failed["context"]["actor"], world.staff(Role::Support).await.name.as_str());
    let all = json!(events(&support, name(&created)).await).to_string().to_lowercase();
    assert!(!all.contains("paulo") && !all.contains("rio\""), "no answer stands in the history");
}

#[tokio::test]
async fn a_customer_chooses_what_to_be_asked_and_support_knows_the_caller_by_it() {
    let world = World::shared().await;
    let support = world.signed_in(Role::Support).await;
    let customer = Person::of_customer(world, &Sample::new()).await;
    let own = Caller::of(world, &customer).await;
    let questions = own.get("/v1/securityQuestions").await.ok();
    let question = &questions["securityQuestions"][1];
    let account = format!("/v1/{}/account", customer.name);
    let chosen = json!({"securityQuestion": question["name"], "securityAnswer": "Rex"});
    let set = own.post(&format!("{account}:setSecurityAnswer"), &chosen).await.ok();
    assert_eq!(set["securityQuestion"], question["text"]);
    let verify = format!("{account}:verifySecurityAnswer");
    own.post(&verify, &json!({"securityAnswer": "Rex"})).await.refused(403, "PERMISSION_MISSING");
    assert_eq!(support.post(&verify, &json!({"securityAnswer": "rex"})).await.ok()["correct"], true);
    let set = event(&support, &customer.name, "account.security_answer_set").await;
    assert_eq!(set["context"]["actor"], customer.name.as_str());
}

#[tokio::test]
async fn customers_are_created_in_one_call_and_one_that_is_refused_leaves_the_others_alone() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let group = group(&manager).await;
    let mut requests = Vec::from([(); 7].map(|()| Sample::new().with_address().in_group(&group).json()));
    requests[2]["addresses"][0]["countryCode"] = json!("XX");
    requests[4]["groups"] = json!([format!("groups/{}", Uuid::nil())]);
    requests[5]["account"] = json!({"username": unique()});
    let reply = manager.post("/v1/customers:batchCreate", &json!({"requests": requests})).await.ok();

    let results = reply["results"].as_array().unwrap();
    let codes: Vec<_> = results.iter().map(|it| it["error"]["code"].as_i64().unwrap_or_default()).collect();
    assert_eq!(codes, [0, 0, 3, 0, 5, 0, 0], "{reply:#}");
    assert!(results[2]["error"].to_string().contains("addresses[0].country_code"), "{reply:#}");
    for (request, result) in requests.iter().zip(results).filter(|(_, result)| result.get("error").is_none())
    {
        let overview = manager.get(&format!("/v1/{}:overview", name(&result["customer"]))).await.ok();
        assert_eq!(overview["customer"]["lastName"], request["customer"]["lastName"]);
        assert_eq!(overview["addresses"][0]["line1"], "12 St James's Square");
        assert_eq!(overview["memberships"][0]["group"], group.as_str());
        assert_eq!(overview["account"]["username"], request["account"]["username"]);
        for kind in ["customer.created", "address.created", "membership.created"] {
            event(&manager, name(&result["customer"]), kind).await;
        }
    }
}

#[tokio::test]
async fn each_part_of_a_creation_is_in_the_history_under_one_trace() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let mut request = Sample::new().with_address().in_group(&group(&manager).await).json();
    request["account"] = json!({"username": unique()});
    let answer = manager.post("/v1/customers", &request).await;
    let trace = answer.header("traceparent").unwrap().split('-').nth(1).unwrap().to_owned();
    let created = answer.ok();

    for kind in ["customer.created", "account.created", "address.created", "membership.created"] {
        let event = event(&manager, name(&created), kind).await;
        assert_eq!(event["context"]["traceId"], trace.as_str(), "{kind}");
        assert_eq!(event["context"]["actor"], world.staff(Role::Manager).await.name.as_str(), "{kind}");
    }
}

#[tokio::test]
async fn lists_know_account_groups_and_address_of_a_new_customer_at_once() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let (group, username) = (group(&manager).await, unique());
    let mut request = Sample::new().with_address().in_group(&group).json();
    request["account"] = json!({"username": username});
    request["requestId"] = json!(Uuid::from_u128(rand::random()).to_string());
    let (created, repeated) = (manager.create(&request).await, manager.create(&request).await);
    assert_eq!(created, repeated);
    let filter = format!("groups:\"{group}\" AND city = \"London\" AND country_code = \"GB\"");
    for (field, value) in [("filter", filter.as_str()), ("query", username.as_str())] {
        let page = manager.find("/v1/customers", &[(field, value)]).await.ok();
        assert_eq!(page["customers"], json!([created]), "{field}");
    }
    // Nor does what the services publish of it change anything.
    event(&manager, name(&created), "membership.created").await;
    assert_eq!(manager.get(&format!("/v1/{}", name(&created))).await.ok(), created);
}

#[tokio::test]
async fn lists_know_when_a_customer_last_signed_in() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let customer = Person::customer(world).await;
    Caller::of(world, &customer).await;
    holds("the sign-in shows", PUBLISHED, async || {
        let read = manager.get(&format!("/v1/{}", customer.name)).await.ok();
        !read["lastSignInTime"].is_null()
    })
    .await;
    let page = manager
        .find("/v1/customers", &[("order_by", "last_sign_in_time desc"), ("page_size", "1")])
        .await
        .ok();
    let listed = page["customers"].as_array().unwrap();
    assert!(
        listed.iter().all(|it| !it["lastSignInTime"].is_null()),
        "who never signed in comes last: {page:#}"
    );
}

#[tokio::test]
async fn a_customer_created_with_an_account_signs_in_and_sees_itself_alone() {
    let world = World::shared().await;
    let sample = Sample::new().with_address();
    let customer = Person::of_customer(world, &sample).await;
    assert_eq!(customer.kind, UserKind::Customer);
    let other = Person::customer(world).await;
    let caller = Caller::of(world, &customer).await;

    assert_eq!(
        caller.get(&format!("/v1/{}", customer.name)).await.ok()["lastName"],
        sample.last_name.as_str()
    );
    caller.get(&format!("/v1/{}", other.name)).await.refused(404, "RESOURCE_NOT_FOUND");
    let listed = caller.get("/v1/customers").await.ok();
    assert_eq!(listed["customers"].as_array().unwrap().len(), 1, "{listed:#}");
    caller.get(&format!("/v1/{}/addresses", other.name)).await.refused(404, "RESOURCE_NOT_FOUND");
}

#[tokio::test]
async fn a_refused_part_leaves_nothing_behind() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let sample = Sample::new().with_address();
    let mut request = sample.json();
    request["addresses"][0]["city"] = json!("");
    let refused = manager.post("/v1/customers", &request).await;
    assert_eq!(refused.wrong_fields(), ["addresses[0].city"]);
    refused.refused(400, "INVALID_FIELD");

    let found = manager.get(&format!("/v1/customers?query={}", sample.last_name)).await.ok();
    assert!(found["customers"].as_array().is_none_or(Vec::is_empty), "{found:#}");
    manager.create(&sample.json()).await;
}

#[tokio::test]
async fn every_mistake_is_named_at_once() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let mut request = Sample::new().json();
    request["customer"]["email"] = json!("nobody");
    request["customer"]["primaryPhone"] = json!({"number": "12"});
    request["customer"]["timeZone"] = json!("Europe/Atlantis");
    let refused = manager.post("/v1/customers", &request).await;
    assert_eq!(refused.wrong_fields(), ["customer.email", "customer.timeZone", "customer.primaryPhone"]);
}

#[tokio::test]
async fn a_check_of_a_creation_creates_nothing() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let sample = Sample::new().with_address();
    let mut request = sample.json();
    request["validateOnly"] = json!(true);
    assert_eq!(manager.create(&request).await["email"], sample.email.as_str());
    manager.create(&sample.json()).await;
}

#[tokio::test]
async fn a_sales_rep_sees_whom_they_created_and_no_one_else() {
    let world = World::shared().await;
    let (rep, manager) = (world.signed_in(Role::SalesRep).await, world.signed_in(Role::Manager).await);
    let own = rep.create(&Sample::new().with_address().json()).await;
    let other = manager.create(&Sample::new().with_address().json()).await;

    assert_eq!(own["assignedStaff"], json!([world.staff(Role::SalesRep).await.name]));
    for path in ["", "/addresses", "/memberships"] {
        rep.get(&format!("/v1/{}{path}", name(&own))).await.ok();
        rep.get(&format!("/v1/{}{path}", name(&other))).await.refused(404, "RESOURCE_NOT_FOUND");
    }
    // Of history, the customers in scope are all that is known: what happened to others is not shown.
    event(&rep, name(&own), "customer.created").await;
    event(&manager, name(&other), "customer.created").await;
    let mut client = ActivityServiceClient::new(rep.grpc("activity").await);
    let request = ListActivityEventsRequest { parent: name(&other).to_owned(), ..Default::default() };
    let seen = client.list_activity_events(request).await.map(|reply| reply.into_inner().events.len());
    assert!(matches!(seen, Ok(0) | Err(_)), "{seen:?}");
    assert!(events(&rep, name(&own)).await.iter().all(|event| event["customer"] == own["name"]));
}
