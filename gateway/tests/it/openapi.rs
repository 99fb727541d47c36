//! The document that describes the API.

use crate::world::World;
use serde_json::Value;
use std::collections::HashSet;

async fn document() -> Value {
    World::new().get("/openapi.json").await.json()
}

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let all = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods");
        methods.iter().map(|(method, operation)| (method.clone(), path.clone(), operation.clone()))
    });
    all.collect()
}

/// Calls `found` with every value of a member named `$ref`.
fn references(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, member)| match member.as_str() {
            Some(target) if name == "$ref" => found(target),
            _ => references(member, found),
        }),
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let document = document().await;
    references(&document, &mut |target| {
        let pointer = target.strip_prefix('#').expect("a place in the document");
        assert!(document.pointer(pointer).is_some(), "{target}");
    });
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own_and_a_description() {
    let document = document().await;
    let mut names = HashSet::new();
    for (method, path, operation) in operations(&document) {
        assert!(names.insert(operation["operationId"].to_string()), "{method} {path}");
        assert!(operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{method} {path}");
        let responses = operation["responses"].as_object().expect("responses");
        assert!(["200", "201", "204"].iter().any(|it| responses.contains_key(*it)), "{method} {path}");
    }
    assert!(names.len() > 30, "{}", names.len());
}

#[tokio::test]
async fn every_part_of_a_path_is_a_parameter() {
    for (method, path, operation) in operations(&document().await) {
        let in_path: HashSet<&str> =
            path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        let parameters = operation["parameters"].as_array().expect("parameters");
        let described = parameters.iter().filter(|parameter| parameter["in"] == "path");
        let described: HashSet<&str> = described.filter_map(|parameter| parameter["name"].as_str()).collect();
        assert_eq!(in_path, described, "{method} {path}");
    }
}

#[tokio::test]
async fn an_operation_lists_the_statuses_that_it_can_have_and_no_others() {
    let document = document().await;
    let always = ["400", "414", "429", "431", "500", "501", "503", "504"];
    for (path, method, others) in [
        ("/.well-known/jwks.json", "get", &["200", "406"][..]),
        ("/v1/customers/{customer}", "get", &["200", "304", "401", "403", "404", "406"]),
        (
            "/v1/customers/{customer}",
            "patch",
            &["200", "401", "403", "404", "406", "408", "409", "412", "413", "415", "422"],
        ),
        ("/v1/customers/{customer}", "delete", &["204", "401", "403", "404", "412", "422"]),
        ("/v1/sessions", "post", &["201", "401", "403", "406", "408", "413", "415"]),
    ] {
        let answers = document["paths"][path][method]["responses"].as_object().expect("responses");
        let answers: HashSet<&str> = answers.keys().map(String::as_str).collect();
        assert_eq!(answers, always.iter().chain(others).copied().collect(), "{method} {path}");
    }
}

#[tokio::test]
async fn what_must_be_sent_is_required_and_in_an_update_nothing_is() {
    let document = document().await;
    let required = |schema: &Value| schema["required"].as_array().cloned().unwrap_or_default();
    let body = |path: &str, method: &str| {
        let body = &document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"];
        let named = body["$ref"].as_str().and_then(|name| document.pointer(name.trim_start_matches('#')));
        required(named.unwrap_or(body))
    };
    assert_eq!(body("/v1/sessions", "post"), ["identifier", "password", "userKind"]);
    assert_eq!(body("/v1/session", "post"), ["identifier", "password", "userKind"]);
    assert_eq!(body("/v1/customers", "post"), ["customer"]);
    assert_eq!(body("/v1/customers/{customer}/addresses", "post"), ["line1", "countryCode"]);
    assert_eq!(body("/v1/customers/{customer}/addresses/{address}", "patch"), [""; 0]);
}

#[tokio::test]
async fn limits_comments_and_permissions_are_described() {
    let document = document().await;
    let customer = &document["components"]["schemas"]["profile.v1.Customer"]["properties"];
    assert_eq!(customer["email"]["maxLength"], 254);
    assert!(
        customer["email"]["description"]
            .as_str()
            .expect("text")
            .starts_with("Email address, letters of any script")
    );
    assert_eq!(customer["number"]["readOnly"], true);
    assert_eq!(
        (&customer["assignedStaff"]["maxItems"], &customer["assignedStaff"]["uniqueItems"]),
        (&2.into(), &true.into())
    );

    let update = &document["paths"]["/v1/customers/{customer}"]["patch"];
    assert_eq!(update["x-permission"], "customer.update");
    let names: Vec<_> =
        update["parameters"].as_array().expect("parameters").iter().map(|it| it["name"].clone()).collect();
    assert_eq!(names, ["customer", "updateMask", "requestId", "validateOnly", "If-Match", "Idempotency-Key"]);
    let read = &document["paths"]["/v1/customers/{customer}"]["get"];
    assert_eq!(read["parameters"][0]["schema"]["pattern"], "^[0-9a-f-]{36}$");

    let disable = &document["paths"]["/v1/customers/{customer}/account:disable"]["post"];
    let body = &disable["requestBody"]["content"]["application/json"]["schema"]["properties"];
    assert!(body.get("reason").is_some() && body.get("name").is_none());

    let create = &document["paths"]["/v1/customers"]["post"]["responses"];
    assert!(create["201"]["headers"]["Location"].is_object() && create["200"].is_object());
    let responses = &document["paths"]["/v1/customers/{customer}"];
    assert!(responses["get"]["responses"]["304"].is_object());
    assert!(responses["delete"]["responses"]["204"]["content"].is_null());

    let change = &document["components"]["schemas"]["event.v1.FieldChange"];
    assert_eq!(change["properties"]["oldValue"]["deprecated"], true);

    let sign_in = &document["paths"]["/v1/session"]["post"];
    assert_eq!(sign_in["security"], serde_json::json!([]));
}
