//! The life of a customer across services: created in one call, approved, edited by several people, deleted everywhere.

mod approval;
mod bulk;
mod consent;
mod creation;
mod deletion;
mod edit;
mod field_policy;
mod repetition;

use patron_tests::{Caller, unique, until};
use serde_json::{Value, json};
use std::time::Duration;

/// Time for a change to reach every service. Source: what the project promises.
const PUBLISHED: Duration = Duration::from_secs(5);

/// The resource name of what an answer holds.
fn name(resource: &Value) -> &str {
    resource["name"].as_str().expect("a resource has a name")
}

/// A new group, by its resource name.
async fn group(caller: &Caller<'_>) -> String {
    name(&caller.post("/v1/groups", &json!({"displayName": unique()})).await.ok()).to_owned()
}

/// The event of a type about a customer, once it is recorded.
async fn event(caller: &Caller<'_>, customer: &str, kind: &str) -> Value {
    until(&format!("the event {kind}"), PUBLISHED, async || {
        events(caller, customer).await.into_iter().find(|event| event["type"] == kind)
    })
    .await
}

/// What is recorded of a customer so far, latest first.
async fn events(caller: &Caller<'_>, customer: &str) -> Vec<Value> {
    let page = caller.get(&format!("/v1/{customer}/events?pageSize=100")).await.ok();
    page["events"].as_array().cloned().unwrap_or_default()
}
