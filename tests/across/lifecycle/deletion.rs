use super::{PUBLISHED, event, events, group, name};
use http::StatusCode;
use patron_proto::identity::v1::UserKind;
use patron_tests::{Caller, Person, Role, Sample, World, holds, until};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

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
async fn the_history_of_a_deleted_customer_is_found_by_number_and_name() {
    let world = World::shared().await;
    let manager = world.signed_in(Role::Manager).await;
    let created = manager.create(&Sample::new().with_address().json()).await;
    let (customer, number) = (name(&created), created["number"].as_str().unwrap());
    event(&manager, customer, "customer.created").await;
    manager.delete(&format!("/v1/{customer}")).await.ok();
    event(&manager, customer, "customer.deleted").await;

    for query in [number, created["lastName"].as_str().unwrap()] {
        let found = manager.get(&format!("/v1/deletedCustomers?query={query}")).await.ok();
        assert_eq!(found["deletedCustomers"][0]["customer"], customer, "{query}: {found}");
    }
    let shown =
        manager.get(&format!("/v1/{}", customer.replace("customers/", "deletedCustomers/"))).await.ok();
    assert_eq!(shown["number"], number);
    assert_eq!(
        shown["displayName"],
        format!("{} {}", created["firstName"].as_str().unwrap(), created["lastName"].as_str().unwrap())
    );
    assert_eq!(shown["context"]["actor"], world.staff(Role::Manager).await.name.as_str());
    assert!(shown["eventCount"].as_i64().unwrap() >= 2, "{shown}");
}

#[tokio::test]
async fn a_customer_deleted_with_the_history_leaves_a_number_and_a_receipt_in_every_service() {
    let world = World::shared().await;
    let (manager, administrator) =
        (world.signed_in(Role::Manager).await, world.signed_in(Role::Administrator).await);
    let sample = Sample::new().with_address();
    let mut request = sample.json();
    request["account"] = json!({"username": patron_tests::unique()});
    let created = manager.create(&request).await;
    let (customer, number) = (name(&created), created["number"].as_str().unwrap());
    let path = format!("/v1/{customer}");
    manager.patch(&path, &json!({"company": "Analytical Engines"})).await.ok();
    event(&manager, customer, "customer.updated").await;
    // what other services say comes by other ways
    until("its history is there", PUBLISHED, async || {
        (events(&manager, customer).await.len() >= 3).then_some(())
    })
    .await;

    manager.delete(&format!("{path}?deleteHistory=true")).await.refused(403, "PERMISSION_MISSING");
    manager.get(&path).await.ok();
    administrator.delete(&format!("{path}?deleteHistory=true")).await.ok();
    let receipt = until("only the receipt is left", PUBLISHED, async || {
        let left = events(&manager, customer).await;
        left.into_iter().next_back().filter(|event| event["type"] == "history.deleted")
    })
    .await;
    assert_eq!(receipt["context"]["actor"], world.staff(Role::Administrator).await.name.as_str());
    assert_eq!(receipt["changes"][0]["field"], "event_count");
    assert_eq!(events(&manager, customer).await.len(), 1);

    let found = manager.get(&format!("/v1/deletedCustomers?query={number}")).await.ok();
    assert_eq!(found["deletedCustomers"][0]["customer"], customer);
    assert!(found["deletedCustomers"][0].get("displayName").is_none_or(|name| name == ""), "{found}");
    let by_name = manager.get(&format!("/v1/deletedCustomers?query={}", sample.last_name)).await.ok();
    assert!(is_empty(&by_name["deletedCustomers"]));

    holds("no table of any service has the name or the email", PUBLISHED, async || {
        tables_with(world, &sample.last_name).await.is_empty()
    })
    .await;
    holds("nothing but the receipt is about the customer", PUBLISHED, async || {
        tables_with(world, customer).await == ["activity.activity_event"]
    })
    .await;
}

/// The tables that have a text somewhere, as it is or within bytes, but for the positions of what was delivered.
async fn tables_with(world: &World, text: &str) -> Vec<String> {
    let url = world.mesh().database_url();
    let mut connection = PgConnection::connect(url.as_str()).await.expect("the database answers");
    let listed = "select format('%I.%I', schemaname, tablename) from pg_tables
        where schemaname in ('identity', 'profile', 'address', 'groups', 'activity') and tablename <> 'inbox'";
    #[expect(clippy::disallowed_methods, reason = "looks behind the scenes")]
    let tables: Vec<String> = sqlx::query_scalar(listed).fetch_all(&mut connection).await.unwrap();
    let mut found = Vec::new();
    for table in tables {
        let has = format!(
            "select exists (select from {table} it
             where it::text like '%' || $1 || '%' or it::text like '%' || encode(convert_to($1, 'utf8'), 'hex') || '%')"
        );
        #[expect(clippy::disallowed_methods, reason = "one statement for every table")]
        let has = sqlx::query_scalar::<_, bool>(AssertSqlSafe(has)).bind(text);
        if has.fetch_one(&mut connection).await.unwrap() {
            found.push(table);
        }
    }
    connection.close().await.unwrap();
    found
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
